import OddityModel

/// Everything that is stored from the pass over the in-distribution data: FeatureNorms of every image, what
/// scores learn from and, in temporary files, the rows from which scores are computed.
package struct Observations {
  /// The position of an image.
  package struct Place {
    /// The position among the data's selections.
    package let selection: Int
    /// The position among the source's items.
    package let position: Int

    package init(selection: Int, position: Int) {
      (self.selection, self.position) = (selection, position)
    }
  }

  /// What is kept in memory for one image. There may be millions, so it has no arrays and no more bits than
  /// needed.
  struct Image {
    let part: Part
    /// The pseudo-OOD images that it was compared with.
    let need: PseudoOODNeed
    let selection: Int32
    let position: Int32
    let predictedClass: Int32
    /// The true class; −1 if it is unknown.
    let truth: Int32
    /// The key by which samples are chosen. The image's id can be computed from it.
    let key: UInt64
    let contentHash: UInt64
  }

  private(set) var images: [Image] = []
  /// The confidence on images whose true class is known.
  private(set) var confidence = ConfidenceSums()
  /// Why some true classes are unknown.
  var truthProblems: [Warning] = []
  /// The engine's outputs for seeded pictures; nil before they are computed, and if several parts are merged.
  var trace: EngineTrace?
  /// The form in which images come; nil before it is known.
  private(set) var inputs: FittedInputs?
  /// The signatures of calibration images and of their faulty copies.
  package var signatures = SignatureSample()
  /// Whether calibration images come from a separate source.
  let hasCalibrationSource: Bool
  /// The folders that are taken for classes by their order.
  var countedFolders: [String]?
  /// The index of each image's first row among the norms: its own, then one for each kind if it was compared.
  private var firstRows: [Int] = []
  /// The FeatureNorms of the candidates.
  let norms: RowFile
  var statistics: FitStatistics
  /// Rows of the select part, for what scores must not learn from the fit part.
  private(set) var heldOut: RowSample
  /// A few of these rows, with values that are too wide for the others.
  private(set) var wideHeldOut: RowSample
  /// Rows of the select part, in the order of its images.
  let select: RowFile
  /// Rows of its pseudo-OOD images, one file for each kind.
  let pseudoOOD: [RowFile]
  /// For each kind, including those made only from a sample, rows of the pseudo-OOD images of the select
  /// images with the smallest keys; empty for kinds that nothing is learnt from.
  private(set) var samples: [RowSample]
  let calibrate: RowFile
  /// Rows of the images that temperatures are fitted on.
  let temperature: RowFile
  /// The sample of these that is used.
  private(set) var temperatureSample: RowSample
  private let logits: Range<Int>
  /// The smallest and the largest logit of the select part; nil before there is one.
  private(set) var logitRange: ClosedRange<Float>?
  private let head: HeadKind
  private let candidates: Int
  private let entersNormRatio: @Sendable (Part) -> Bool

  /// - Parameters:
  ///   - kinds: how many kinds of pseudo-OOD images are made from all compared images.
  ///   - samples: for each kind, including those made only from a sample, whether something is learnt from
  ///     it.
  /// - Throws: ``OddityError`` `.output` if temporary files cannot be created.
  init(
    _ layout: TapLayout, plan: ScorePlan, head: HeadKind, candidates: Int, kinds: Int, samples: [Bool],
    hasCalibrationSource: Bool, entersNormRatio: @escaping @Sendable (Part) -> Bool
  ) throws(OddityError) {
    statistics = try FitStatistics(layout, wanted: plan.statistics, sampleSize: plan.sampleSize)
    heldOut = RowSample(capacity: plan.selectSampleSize, of: layout)
    let wide = layout.wide
    wideHeldOut = RowSample(capacity: wide.width > 0 ? FitData.wideSampleSize : 0, of: layout, keeping: wide)
    self.samples = samples.map {
      RowSample(capacity: $0 && plan.learnsFromPseudoOOD ? FusionRule.imagesPerKind : 0, of: layout)
    }
    select = try RowFile(width: layout.width)
    pseudoOOD = try (0..<kinds).map { _ throws(OddityError) in try RowFile(width: layout.width) }
    calibrate = try RowFile(width: layout.width)
    temperature = try RowFile(width: layout.width)
    temperatureSample = RowSample(capacity: plan.fitsTemperature ? FitData.sampleSize : 0, of: layout)
    norms = try RowFile(width: candidates)
    logits = layout.range(of: .logits) ?? 0..<0
    (self.candidates, self.head) = (candidates, head)
    self.entersNormRatio = entersNormRatio
    self.hasCalibrationSource = hasCalibrationSource
  }

  /// - Parameters:
  ///   - key: the image's sampling key.
  ///   - truth: its class, if it is known.
  package mutating func append(
    _ observation: Observation, at place: Place, key: UInt64, truth: Int?
  ) throws(OddityError) {
    let prediction = Prediction(logits: observation.values[logits])
    let predicted = prediction.classIndex
    let image = Image(
      part: observation.part, need: observation.need, selection: Int32(place.selection),
      position: Int32(place.position), predictedClass: Int32(predicted), truth: Int32(truth ?? -1),
      key: key, contentHash: observation.contentHash)
    try append(image, row: observation.values, pseudo: observation.pseudo)
    append(observation.sampled, of: image, from: pseudoOOD.count)
    if truth != nil { confidence.append(prediction.confidence(by: head), part: image.part) }
    if image.part == .fit {
      statistics.append(image.sampleRow(observation.values), predicted: predicted)
    }
  }

  mutating func append(_ others: ConfidenceSums) { confidence.append(others) }

  mutating func append(_ inputs: FittedInputs) { self.inputs = self.inputs?.joined(inputs) ?? inputs }

  /// How predictions agree with the truth; `nil` if it is unknown for all images.
  ///
  /// - Parameter ofCalibration: whether to use the calibration images or those of the other two parts.
  func agreement(ofCalibration: Bool) -> Agreement? {
    let images = images.filter { $0.part.isHeldOut == ofCalibration }
    return Agreement(
      predicted: images.map { Int($0.predictedClass) },
      truth: images.map { $0.truth < 0 ? nil : Int($0.truth) }, classes: logits.count)
  }

  /// Stores an image without changing what is learnt from the fit part.
  ///
  /// - Parameters:
  ///   - row: the row in the order of the layout. For an image of the fit part the candidates' norms, which
  ///     come first, are enough.
  ///   - pseudo: the rows of its pseudo-OOD images.
  mutating func append(_ image: Image, row: [Float], pseudo: [[Float]]) throws(OddityError) {
    images.append(image)
    firstRows.append(norms.count)
    try norms.append(row.prefix(candidates))
    for row in pseudo { try norms.append(row.prefix(candidates)) }
    switch image.part {
    case .fit: break
    case .calibrate: try calibrate.append(row)
    case .temperature:
      try temperature.append(row)
      temperatureSample.append(image.sampleRow(row))
    case .select:
      try select.append(row)
      for (file, row) in zip(pseudoOOD, pseudo) { try file.append(row) }
      append(pseudo, of: image, from: 0)
      heldOut.append(image.sampleRow(row))
      wideHeldOut.append(image.sampleRow(row))
      extendLogitRange(row[logits])
    }
  }

  /// - Parameter first: the kind of the first row.
  private mutating func append(_ rows: [[Float]], of image: Image, from first: Int) {
    for (kind, row) in rows.enumerated() { samples[first + kind].append(image.sampleRow(row)) }
  }

  /// Adds rows of pseudo-OOD images that were made elsewhere, of a kind that is made only from a sample.
  mutating func append(_ rows: [RowSample.Row], ofSampledKind kind: Int) {
    for row in rows { samples[pseudoOOD.count + kind].append(kept: row) }
  }

  /// The rows of the kinds that are made only from a sample.
  var sampledKindRows: [[RowSample.Row]] { samples.dropFirst(pseudoOOD.count).map(\.rows) }

  private mutating func extendLogitRange(_ logits: ArraySlice<Float>) {
    // Rows with values that are not numbers are skipped.
    guard let least = logits.min(), let largest = logits.max(), least <= largest else { return }
    logitRange = logitRange?.joined(least...largest) ?? least...largest
  }

  var count: Int { images.count }

  var counts: PartCounts {
    PartCounts(
      fit: entersNormRatio(.fit) ? normRatioImages.count : images.count { $0.part == .fit },
      select: images.count { $0.part == .select },
      calibrate: images.count { $0.part == .calibrate },
      temperature: temperature.count > 0 ? temperature.count : nil)
  }

  /// The norms of the images that NormRatio is computed over, and of their pseudo-OOD images.
  ///
  /// - Parameters:
  ///   - kind: the position of the kind among the requested ones.
  ///   - part: the part whose images are used; nil for all.
  /// - Throws: as ``RowFile/values()``.
  func pairedNorms(kind: Int, of part: Part? = nil) throws(OddityError) -> PairedNorms {
    let images = normRatioImages.filter { part == nil || self.images[$0].part == part }
    var pairs = PairedNorms(blockCount: candidates, capacity: images.count)
    let norms = try norms.values()
    for image in images {
      pairs.append(image: norms[row(of: image)], pseudo: norms[row(of: image, kind: kind)])
    }
    return pairs
  }

  /// The positions of the images that NormRatio is computed over. Images of a separate calibration source
  /// have no pseudo-OOD images and are never used.
  private var normRatioImages: [Int] {
    images.indices.filter { entersNormRatio(images[$0].part) && images[$0].isCompared }
  }

  /// The row of an image's FeatureNorms.
  ///
  /// - Parameters:
  ///   - image: its position.
  ///   - kind: the kind of its pseudo-OOD image; nil for the image itself.
  private func row(of image: Int, kind: Int? = nil) -> Range<Int> {
    let start = (firstRows[image] + (kind.map { $0 + 1 } ?? 0)) * candidates
    return start..<start + candidates
  }

  /// AUROC of a candidate's FeatureNorm, for the select part against pseudo-OOD images made from it.
  ///
  /// - Returns: `nil` if there is no image or a value is NaN.
  func aurocPseudo(block: Int, kind: Int) throws(OddityError) -> PairedAUROC? {
    let pairs = images.indices.filter { images[$0].part == .select && images[$0].isCompared }
    let norms = try norms.values()
    return try PairedAUROC.ifDefined(
      pairs.map { norms[row(of: $0).lowerBound + block] },
      pairs.map { norms[row(of: $0, kind: kind).lowerBound + block] })
  }

  /// The places of the images of a part, in the order of its rows.
  func places(_ part: Part) -> [Place] {
    images.filter { $0.part == part }.map {
      Place(selection: Int($0.selection), position: Int($0.position))
    }
  }

  /// The predicted class of each image of a part, in the order of its rows.
  func predictedClasses(_ part: Part) -> [Int] {
    images.filter { $0.part == part }.map { Int($0.predictedClass) }
  }

  /// The number of images of all parts predicted as each class, [C].
  var classCounts: [Int] {
    images.reduce(into: Array(repeating: 0, count: logits.count)) { $0[Int($1.predictedClass)] += 1 }
  }

  /// The number of images of the fit part predicted as each class, [C].
  var fitClassCounts: [Int] {
    predictedClasses(.fit).reduce(into: Array(repeating: 0, count: logits.count)) { $0[$1] += 1 }
  }

  /// How many calibration images are copies, by content, of images of the fit.
  var calibrationOverlap: Int {
    let fitted = fittedContents
    return images.count { $0.part.isHeldOut && fitted.contains($0.contentHash) }
  }

  /// A sample of the images that a temperature is fitted on. Copies of images of the fit are left out,
  /// because the classifier may have been trained on them.
  var temperatureRows: [RowSample.Row] {
    let fitted = fittedContents
    return temperatureSample.rows.filter { !fitted.contains($0.contentHash) }
  }

  var fittedContents: Set<UInt64> {
    Set(images.filter { !$0.part.isHeldOut }.map(\.contentHash))
  }
}

extension Observation {
  fileprivate var need: PseudoOODNeed {
    if !sampled.isEmpty { return .allKinds }
    return pseudo.isEmpty ? .none : .askedKinds
  }
}

extension Observations.Image {
  /// Whether the image was compared with its pseudo-OOD images.
  var isCompared: Bool { need != .none }

  /// The image's row in the form that samples store.
  func sampleRow(_ values: [Float]) -> RowSample.Row {
    RowSample.Row(key: key, contentHash: contentHash, values: values, truth: truth < 0 ? nil : Int(truth))
  }
}
