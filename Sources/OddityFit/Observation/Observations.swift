import OddityModel

/// All that is kept of the pass over the in-distribution data: FeatureNorms of every image, what scores learn from, and
/// in temporary files the rows that scores are computed of.
package struct Observations {
  /// Where an image is found again.
  package struct Place {
    /// Which of the data's selections.
    package let selection: Int
    /// The position among the source's items.
    package let position: Int

    package init(selection: Int, position: Int) {
      (self.selection, self.position) = (selection, position)
    }
  }

  /// What memory holds of one image. There may be millions: no arrays, and no more bits than are needed.
  struct Image {
    let part: Part
    /// Which pseudo-OOD images it was compared with.
    let need: PseudoOODNeed
    let selection: Int32
    let position: Int32
    let predictedClass: Int32
    /// The true class; −1 where it is not known.
    let truth: Int32
    /// By which samples are chosen; it tells the image's id too.
    let key: UInt64
    let contentHash: UInt64
  }

  private(set) var images: [Image] = []
  /// Confidence in images whose true class is known.
  private(set) var confidence = ConfidenceSums()
  /// Why true classes are not known of some images that have some.
  var truthProblems: [Warning] = []
  /// What the engine made of seeded pictures; nil before it was asked, and where several parts are merged.
  var trace: EngineTrace?
  /// What the images come as; nil before it is known.
  private(set) var inputs: FittedInputs?
  /// Of calibration images, and of their faulty copies.
  package var signatures = SignatureSample()
  /// Whether calibration images come from a source of their own.
  let hasCalibrationSource: Bool
  /// Folders that are counted as classes.
  var countedFolders: [String]?
  /// Where each image's rows among the norms begin: its own, then one for each kind where it was compared.
  private var firstRows: [Int] = []
  /// FeatureNorms of the candidates.
  let norms: RowFile
  var statistics: FitStatistics
  /// Of the select part, from which scores learn what they may not learn from the fit part.
  private(set) var heldOut: RowSample
  /// A few of them with what is too wide for that.
  private(set) var wideHeldOut: RowSample
  /// Rows of the select part, in the order of its images.
  let select: RowFile
  /// Rows of its pseudo-OOD images, one file for each kind.
  let pseudoOOD: [RowFile]
  /// By kind, also of those that are made of a sample alone, rows of the pseudo-OOD images of select images with the smallest
  /// keys; none of kinds that nothing is learnt from.
  private(set) var samples: [RowSample]
  let calibrate: RowFile
  /// Of the images that temperatures are fitted on.
  let temperature: RowFile
  /// Those of them that are looked at.
  private(set) var temperatureSample: RowSample
  private let logits: Range<Int>
  /// The smallest and the largest logit of the select part; nil before there is one.
  private(set) var logitRange: ClosedRange<Float>?
  private let head: HeadKind
  private let candidates: Int
  private let entersNormRatio: @Sendable (Part) -> Bool

  /// - Parameters:
  ///   - kinds: how many kinds of pseudo-OOD images are made of all images that are compared.
  ///   - samples: by kind, those of a sample among them, whether something is learnt from it.
  /// - Throws: ``OddityError`` `.output` where temporary files cannot be made.
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
  ///   - truth: its class where it is known.
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

  /// How predictions agree with the truth; `nil` where it is known of no image.
  ///
  /// - Parameter ofCalibration: of the images that are held out, else of the other two parts.
  func agreement(ofCalibration: Bool) -> Agreement? {
    let images = images.filter { $0.part.isHeldOut == ofCalibration }
    return Agreement(
      predicted: images.map { Int($0.predictedClass) },
      truth: images.map { $0.truth < 0 ? nil : Int($0.truth) }, classes: logits.count)
  }

  /// Keeps an image; what is learnt of the fit part is not touched.
  ///
  /// - Parameters:
  ///   - row: as the layout has it; of an image of the fit part the candidates' norms, which stand first, are enough.
  ///   - pseudo: the same of its pseudo-OOD images.
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

  /// - Parameter first: the kind that the first of the rows is of.
  private mutating func append(_ rows: [[Float]], of image: Image, from first: Int) {
    for (kind, row) in rows.enumerated() { samples[first + kind].append(image.sampleRow(row)) }
  }

  /// Takes in rows of pseudo-OOD images that were made elsewhere, of a kind that is made of a sample alone.
  mutating func append(_ rows: [RowSample.Row], ofSampledKind kind: Int) {
    for row in rows { samples[pseudoOOD.count + kind].append(kept: row) }
  }

  /// The rows of the kinds that are made of a sample alone.
  var sampledKindRows: [[RowSample.Row]] { samples.dropFirst(pseudoOOD.count).map(\.rows) }

  private mutating func extendLogitRange(_ logits: ArraySlice<Float>) {
    // None of what is no number.
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

  /// Norms of the images that NormRatio is taken over, and of their pseudo-OOD images.
  ///
  /// - Parameters:
  ///   - kind: the position of the kind among those that were asked for.
  ///   - part: the one whose images are taken; nil for all that enter.
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

  /// Positions of the images that NormRatio is taken over. Those of a separate calibration source have no pseudo-OOD images
  /// and never enter.
  private var normRatioImages: [Int] {
    images.indices.filter { entersNormRatio(images[$0].part) && images[$0].isCompared }
  }

  /// Where an image's FeatureNorms are among all.
  ///
  /// - Parameters:
  ///   - image: its position.
  ///   - kind: of its pseudo-OOD image of this kind; nil for its own.
  private func row(of image: Int, kind: Int? = nil) -> Range<Int> {
    let start = (firstRows[image] + (kind.map { $0 + 1 } ?? 0)) * candidates
    return start..<start + candidates
  }

  /// AUROC of a candidate's FeatureNorm, of the select part against its own pseudo-OOD images.
  ///
  /// - Returns: `nil` where there is no image or a value is NaN.
  func aurocPseudo(block: Int, kind: Int) throws(OddityError) -> PairedAUROC? {
    let pairs = images.indices.filter { images[$0].part == .select && images[$0].isCompared }
    let norms = try norms.values()
    return try PairedAUROC.ifDefined(
      pairs.map { norms[row(of: $0).lowerBound + block] },
      pairs.map { norms[row(of: $0, kind: kind).lowerBound + block] })
  }

  /// Where the images of a part are, in the order of its rows.
  func places(_ part: Part) -> [Place] {
    images.filter { $0.part == part }.map {
      Place(selection: Int($0.selection), position: Int($0.position))
    }
  }

  /// The predicted class of each image of a part, in the order of its rows.
  func predictedClasses(_ part: Part) -> [Int] {
    images.filter { $0.part == part }.map { Int($0.predictedClass) }
  }

  /// Images of all parts predicted as each class, [C].
  var classCounts: [Int] {
    images.reduce(into: Array(repeating: 0, count: logits.count)) { $0[Int($1.predictedClass)] += 1 }
  }

  /// Images of the fit part predicted as each class, [C].
  var fitClassCounts: [Int] {
    predictedClasses(.fit).reduce(into: Array(repeating: 0, count: logits.count)) { $0[$1] += 1 }
  }

  /// How many images that are held out are copies of images that were fitted on, by content.
  var calibrationOverlap: Int {
    let fitted = fittedContents
    return images.count { $0.part.isHeldOut && fitted.contains($0.contentHash) }
  }

  /// A sample of the images that fit a temperature, without copies of images that were fitted on: of those it may be that the
  /// classifier was trained on them.
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
  /// Whether it was compared with its pseudo-OOD images.
  var isCompared: Bool { need != .none }

  /// The image's row as samples keep it.
  func sampleRow(_ values: [Float]) -> RowSample.Row {
    RowSample.Row(key: key, contentHash: contentHash, values: values, truth: truth < 0 ? nil : Int(truth))
  }
}
