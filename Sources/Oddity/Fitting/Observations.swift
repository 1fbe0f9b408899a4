/// All that is kept of the pass over the in-distribution data: a few floats for each image.
struct Observations {
  /// Where an image is found again.
  struct Place {
    /// Which of the data's selections.
    let selection: Int
    /// The position among the source's items.
    let position: Int
  }

  private(set) var all: [Observation] = []
  /// One for each of `all`.
  private(set) var places: [Place] = []
  private let entersNormRatio: @Sendable (Part) -> Bool

  init(entersNormRatio: @escaping @Sendable (Part) -> Bool) {
    self.entersNormRatio = entersNormRatio
  }

  mutating func append(_ observation: Observation, at place: Place) {
    all.append(observation)
    places.append(place)
  }

  var counts: PartCounts {
    PartCounts(
      fit: normRatioImages.count, select: all.count { $0.part == .select },
      calibrate: all.count { $0.part == .calibrate })
  }

  /// Norms of the images that NormRatio is taken over, and of their pseudo-OOD images.
  ///
  /// - Parameter kind: the position of the kind among those that were asked for.
  func pairedNorms(candidates: Int, kind: Int) -> PairedNorms {
    var norms = PairedNorms(blockCount: candidates)
    for image in normRatioImages {
      norms.append(image: image.values.prefix(candidates), pseudo: image.pseudo[kind].prefix(candidates))
    }
    return norms
  }

  /// Images of a separate calibration source have no pseudo-OOD images and never enter.
  private var normRatioImages: [Observation] {
    all.filter { entersNormRatio($0.part) && !$0.pseudo.isEmpty }
  }

  /// AUROC of the select part against its own pseudo-OOD images, for one output of the probe graph.
  ///
  /// - Parameter kind: the position of the kind among those that were asked for.
  /// - Returns: `nil` where there is no image or a value is NaN.
  func aurocPseudo(column: Int, kind: Int) -> PairedAUROC? {
    let pairs = selectScores(column: column, kind: kind)
    return try? PairedAUROC(inDistribution: pairs.inDistribution, pseudoOOD: pairs.pseudoOOD)
  }

  /// One output of the probe graph for the select part and its pseudo-OOD images.
  func selectScores(column: Int, kind: Int) -> FitMeasurements.PairedScores {
    let pairs = all.filter { $0.part == .select && !$0.pseudo.isEmpty }.map {
      ($0.values[column], $0.pseudo[kind][column])
    }
    return FitMeasurements.PairedScores(inDistribution: pairs.map(\.0), pseudoOOD: pairs.map(\.1))
  }

  /// Every image with its place and one output of the probe graph.
  func images(column: Int) -> [FitMeasurements.Image] {
    zip(all, places).map { image, place in
      FitMeasurements.Image(
        source: place.selection, position: place.position, part: image.part, score: image.values[column])
    }
  }

  /// How many calibration images are copies of images that were fitted on, by content.
  var calibrationOverlap: Int {
    let fitted = Set(all.filter { $0.part != .calibrate }.map(\.contentHash))
    return all.count { $0.part == .calibrate && fitted.contains($0.contentHash) }
  }

  /// One output of the probe graph for every calibration image.
  func calibrationScores(column: Int) -> [Float] {
    all.filter { $0.part == .calibrate }.map { $0.values[column] }
  }
}
