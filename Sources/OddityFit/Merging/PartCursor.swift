import OddityModel

/// Iterates over the images of a part, and returns for each what ``Observations`` store.
struct PartCursor {
  private let images: [Observations.Image]
  /// How many images were returned.
  private var taken = 0
  private var norms: TensorArchive.Rows
  private var select: TensorArchive.Rows
  private var calibrate: TensorArchive.Rows
  /// nil if no temperature is fitted.
  private var temperature: TensorArchive.Rows?
  /// One entry for each kind.
  private var pseudoOOD: [TensorArchive.Rows]

  /// - Parameter setup: the fit that the part belongs to.
  /// - Throws: ``OddityError`` `.badData` if the part's arrays do not fit its images, or if these do not fit
  ///   the fit.
  init(_ part: FitPart, of setup: FitSetup) throws(OddityError) {
    let kinds = setup.options.pseudoOOD.count
    let (width, classes) = (setup.probe.layout.width, setup.classifier.classes)
    norms = try part.archive.rows(FitPart.Names.norms)
    select = try part.archive.rows(FitPart.Names.select)
    calibrate = try part.archive.rows(FitPart.Names.calibrate)
    pseudoOOD = try (0..<kinds).map { kind throws(OddityError) in
      try part.archive.rows(FitPart.Names.pseudoOOD(kind))
    }
    images = part.images
    let temperatures = images.count(where: { $0.part == .temperature })
    temperature = temperatures > 0 ? try part.archive.rows(FitPart.Names.temperature) : nil
    let compared = images.count(where: \.isCompared)
    let comparedOfSelect = images.count { $0.isCompared && $0.part == .select }
    guard norms.width == setup.candidates.count, norms.count == images.count + kinds * compared,
      ([select, calibrate] + pseudoOOD + [temperature].compactMap { $0 }).allSatisfy({ $0.width == width }),
      temperature?.count ?? 0 == temperatures,
      select.count == images.count(where: { $0.part == .select }),
      calibrate.count == images.count(where: { $0.part == .calibrate }),
      pseudoOOD.allSatisfy({ $0.count == comparedOfSelect }),
      images.allSatisfy({ 0..<classes ~= Int($0.predictedClass) && -1..<classes ~= Int($0.truth) })
    else { throw FitPart.inconsistent(part.path) }
  }

  /// The next image with its rows, in the form that ``Observations/append(_:row:pseudo:)`` takes.
  mutating func next() -> (image: Observations.Image, row: [Float], pseudo: [[Float]]) {
    let image = images[taken]
    taken += 1
    let own = norms.next()
    let pseudoNorms = image.isCompared ? pseudoOOD.map { _ in norms.next() } : []
    switch image.part {
    case .fit: return (image, own, pseudoNorms)
    case .calibrate: return (image, calibrate.next(), pseudoNorms)
    case .temperature: return (image, temperature?.next() ?? [], pseudoNorms)
    case .select:
      let pseudo = image.isCompared ? pseudoOOD.indices.map { pseudoOOD[$0].next() } : []
      return (image, select.next(), pseudo)
    }
  }
}
