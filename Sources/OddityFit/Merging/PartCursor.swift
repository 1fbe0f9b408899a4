import OddityModel

/// Goes through a part's images and gives of each what ``Observations`` keep.
struct PartCursor {
  private let part: FitPart
  private let kinds: Int
  private let norms: TensorArchive.Rows
  private let select: TensorArchive.Rows
  private let calibrate: TensorArchive.Rows
  /// Nil where no temperature is fitted.
  private let temperature: TensorArchive.Rows?
  private let pseudoOOD: [TensorArchive.Rows]
  /// How many were taken of each.
  private var taken = Taken()

  private struct Taken {
    var images = 0
    var norms = 0
    var select = 0
    var calibrate = 0
    var temperature = 0
    var pseudoOOD = 0
  }

  /// - Parameter setup: the fit that it is a part of.
  /// - Throws: ``OddityError`` `.badData` where the part's arrays do not fit its images, or these the fit.
  init(_ part: FitPart, of setup: FitSetup) throws(OddityError) {
    self.part = part
    let kinds = setup.options.pseudoOOD.count
    let (width, classes) = (setup.probe.layout.width, setup.classifier.classes)
    self.kinds = kinds
    norms = try part.archive.rows(FitPart.Names.norms)
    select = try part.archive.rows(FitPart.Names.select)
    calibrate = try part.archive.rows(FitPart.Names.calibrate)
    pseudoOOD = try (0..<kinds).map { kind throws(OddityError) in
      try part.archive.rows(FitPart.Names.pseudoOOD(kind))
    }
    let images = part.images
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

  /// The next image with its rows, as ``Observations/append(_:row:pseudo:)`` takes them.
  mutating func next() -> (image: Observations.Image, row: [Float], pseudo: [[Float]]) {
    let image = part.images[taken.images]
    taken.images += 1
    let own = norms[taken.norms]
    let pseudoNorms = image.isCompared ? (0..<kinds).map { norms[taken.norms + 1 + $0] } : []
    taken.norms += 1 + pseudoNorms.count
    switch image.part {
    case .fit: return (image, own, pseudoNorms)
    case .calibrate:
      taken.calibrate += 1
      return (image, calibrate[taken.calibrate - 1], pseudoNorms)
    case .temperature:
      taken.temperature += 1
      return (image, temperature?[taken.temperature - 1] ?? [], pseudoNorms)
    case .select:
      let pseudo = image.isCompared ? pseudoOOD.map { $0[taken.pseudoOOD] } : []
      taken.select += 1
      taken.pseudoOOD += image.isCompared ? 1 : 0
      return (image, select[taken.select - 1], pseudo)
    }
  }
}
