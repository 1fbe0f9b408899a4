import OddityClassifier
import ONNXGraph

/// A vector per image from which scores are computed. Scores use nothing else of the classifier.
///
/// Taps are computed by the classifier's graph and nodes that are appended to it. A score consists of nodes
/// on taps. Therefore one forward pass over the images gives the taps, and every score can be fitted and
/// computed from them without another pass.
package enum Tap: Hashable, Sendable {
  /// l, the logits, [N, C].
  case logits
  /// z, the penultimate features, [N, D].
  case features
  /// FeatureNorm of a block, [N, 1].
  case featureNorm(Block)
  /// l of a perturbed image, [N, C].
  case perturbedLogits(PerturbedImage)
  /// z of a perturbed image, [N, D].
  case perturbedFeatures(PerturbedImage)
  /// NAP of the pooled map, [N].
  case activationPrior
  /// Features pooled from the last map without its largest singular component, [N, D].
  case rankReducedFeatures(RankReduction)
  /// A statistic of each channel of a feature map, [N, C].
  case channels(ChannelStatistic, MapPlace)
  /// L2 norms of the last map's channels after ReLU, [N, C].
  case channelNorms
  /// The norm of a block's channels, weighted by how local they are, [N, 1].
  case localNorm(Block)
  /// z of an image with noise, [N, D].
  case noisyFeatures(NoisyImage)
  /// l of an image without the regions that support its class, [N, C].
  case maskedLogits
  /// Row sums of Gram matrices of blocks, [N, Σ (5 · channels + 1)].
  case gramSums(GramMatrices)
}

extension Tap {
  /// Whether scores learn from its values for a sample of images. For logits, features and FeatureNorm this
  /// is always possible.
  var isLearntFrom: Bool {
    switch self {
    case .channels, .noisyFeatures, .gramSums: true
    default: false
    }
  }

  /// Whether it is too wide for samples of thousands of images. Such taps have a separate sample.
  var isWide: Bool { if case .gramSums = self { true } else { false } }

  /// The number of values in each of its segments, if it has several.
  func segments(_ classifier: Classifier) -> [Int] {
    guard case .gramSums(let matrices) = self else { return [width(classifier)] }
    return matrices.blocks(of: classifier).map(GramMatrices.width)
  }

  /// - Throws: ``OddityError`` `.usage` if a classifier does not have it.
  func check(_ classifier: Classifier) throws(OddityError) {
    switch self {
    case .noisyFeatures: _ = try classifier.fixedImageSizes()
    case .maskedLogits:
      _ = try classifier.fixedImageSizes()
      try classifier.checkActivationGrid()
    case .gramSums(let matrices): try matrices.check(classifier)
    default: break
    }
  }

  /// The name of a column of measurements.
  package var name: String {
    switch self {
    case .logits: "logits"
    case .features: "features"
    case .featureNorm(let block): "featurenorm:\(block.tensor)"
    case .perturbedLogits(let image): "logits@\(image.epsilon)/\(image.temperature)"
    case .perturbedFeatures(let image): "features@\(image.epsilon)/\(image.temperature)"
    case .activationPrior: "nap"
    case .rankReducedFeatures(let reduction): "features-rank1:\(reduction.iterations)"
    case .channels(let statistic, let place): "channels-\(statistic.rawValue):\(place.name)"
    case .channelNorms: "map-norms"
    case .localNorm(let block): "localnorm:\(block.tensor)"
    case .noisyFeatures(let image): "features-noisy:\(image.name)"
    case .maskedLogits: "logits-masked"
    case .gramSums: "gram"
    }
  }

  /// The number of floats for each image.
  func width(_ classifier: Classifier) -> Int {
    switch self {
    case .logits, .perturbedLogits, .maskedLogits: classifier.classes
    case .features, .perturbedFeatures, .noisyFeatures, .rankReducedFeatures: classifier.featureCount ?? 0
    case .channelNorms, .channels(_, .last): classifier.pooledMap?.channels ?? 0
    case .channels(_, let place): (try? place.map(of: classifier).channels) ?? 0
    case .gramSums: segments(classifier).reduce(0, +)
    case .featureNorm, .activationPrior, .localNorm: 1
    }
  }

  /// The tap of a classifier, float32 [N, width]. The nodes of a deep expression are appended.
  ///
  /// - Throws: ``OddityError`` `.usage` if the gradient that a perturbed image needs cannot be built, or if
  ///   there is no pooled map.
  package func append(to appendix: inout Appendix, of classifier: Classifier, std: PixelScale) throws
    -> Tensor
  {
    switch self {
    case .logits: return classifier.logitForm.rows()
    case .features:
      let features = try features(of: classifier)
      return features.rows(features.tensor, in: classifier.model.graph)
    case .featureNorm(let block): return block.featureNorm(in: classifier.model.graph)
    case .perturbedLogits(let image):
      let form = classifier.logitForm
      return form.rows(try appendix.perturbed(image, [form.tensor], of: classifier, std: std)[0])
    case .perturbedFeatures(let image):
      let features = try features(of: classifier)
      let tensor = try appendix.perturbed(image, [features.tensor], of: classifier, std: std)[0]
      return features.rows(tensor, in: classifier.model.graph)
    case .noisyFeatures(let image):
      let features = try features(of: classifier)
      let tensor = try appendix.noisy(image, [features.tensor], of: classifier, std: std)[0]
      return features.rows(tensor, in: classifier.model.graph)
    case .maskedLogits:
      let form = classifier.logitForm
      return form.rows(try appendix.masked([form.tensor], of: classifier, std: std)[0])
    case .gramSums(let matrices): return matrices.sums(of: classifier)
    case .activationPrior: return try LastMap(classifier).activationPrior
    case .rankReducedFeatures(let reduction):
      return reduction.append(of: try LastMap(classifier), to: &appendix)
    case .channels(let statistic, let place):
      return try place.map(of: classifier).channels(statistic, in: classifier.model.graph)
    case .channelNorms: return try LastMap(classifier).channelNorms
    case .localNorm(let block): return LocalNorm(block).append(in: classifier.model.graph)
    }
  }

  private func features(of classifier: Classifier) throws -> PenultimateFeatures {
    guard let features = classifier.features else { throw OddityError.noLinearHead(classifier) }
    return features
  }
}

extension LogitTensor {
  /// l in single precision, [N, C].
  ///
  /// - Parameter name: the name of the same logits elsewhere in the graph.
  package func rows(_ name: String? = nil) -> Tensor {
    let isRow = dims.count == 1
    let own = Tensor(named: name ?? tensor, type: type, rank: isRow ? 2 : nil)
    let single = type == .float ? own : own.cast(to: .float)
    return isRow ? single : single.reshaped([-1, classes])
  }
}

extension PenultimateFeatures {
  /// z as rows of single precision, [N, D]: averages over the positions if it is a map.
  fileprivate func rows(_ tensor: String, in graph: Graph) -> Tensor {
    let single = graph.singlePrecision(tensor, type: type)
    return (averagedAxes.isEmpty ? single : single.mean(axes: averagedAxes)).reshaped([-1, count])
  }
}

/// The taps that a row of measurements contains, and their positions.
package struct TapLayout: Sendable {
  package let taps: [Tap]
  /// The width of each tap.
  package let widths: [Int]
  private let ranges: [Tap: Range<Int>]
  private let segments: [Tap: [Int]]

  /// The number of floats in one row.
  package let width: Int

  package init(_ taps: [Tap], of classifier: Classifier) {
    let segments = Dictionary(
      taps.map { ($0, $0.segments(classifier)) }, uniquingKeysWith: { first, _ in first })
    self.init(taps, widths: taps.map { $0.width(classifier) }, segments: segments)
  }

  /// - Parameter segments: the segments of taps that have several.
  init(_ taps: [Tap], widths: [Int], segments: [Tap: [Int]] = [:]) {
    var ranges: [Tap: Range<Int>] = [:]
    var offset = 0
    for (tap, width) in zip(taps, widths) {
      ranges[tap] = offset..<offset + width
      offset += width
    }
    (self.taps, self.widths, self.ranges, self.segments) = (taps, widths, ranges, segments)
    width = offset
  }

  /// Whether rows of the same images differ by no more than a share of each tap's size.
  package func agree(_ rows: [[Float]], _ others: [[Float]], tolerance: Float) -> Bool {
    ranges.values.allSatisfy { range in
      let (values, known) = (rows.flatMap { $0[range] }, others.flatMap { $0[range] })
      let size = known.filter(\.isFinite).map(abs).max() ?? 0
      return zip(values, known).allSatisfy {
        $0 == $1 || $0.isNaN && $1.isNaN || abs($0 - $1) <= tolerance * size
      }
    }
  }

  /// The range of a tap's floats in a row; nil if rows do not contain it.
  package func range(of tap: Tap) -> Range<Int>? { ranges[tap] }

  /// The number of values in each segment of a tap.
  func segments(of tap: Tap) -> [Int] { segments[tap] ?? range(of: tap).map { [$0.count] } ?? [] }

  /// The content of samples of thousands of rows: all taps except wide ones.
  package var sampled: TapLayout { keeping { !$0.isWide } }

  /// The content of small samples of the wide taps: these taps with the logits; empty if no tap is wide.
  package var wide: TapLayout {
    keeping { tap in taps.contains(where: \.isWide) && (tap.isWide || tap == .logits) }
  }

  private func keeping(_ isKept: (Tap) -> Bool) -> TapLayout {
    let kept = taps.indices.filter { isKept(taps[$0]) }
    return TapLayout(kept.map { taps[$0] }, widths: kept.map { widths[$0] }, segments: segments)
  }

  /// The part of a row that another layout contains.
  func values(of row: [Float], keeping layout: TapLayout) -> [Float] {
    layout.width == width ? row : layout.taps.flatMap { range(of: $0).map { row[$0] } ?? [] }
  }

  /// The taps from a tensor that contains rows, [N, width].
  func tensors(of rows: Tensor) -> [Tap: Tensor] { ranges.mapValues { rows.columns($0) } }

  /// A name for every column of a row.
  package var columnNames: [String] {
    zip(taps, widths).flatMap { tap, width in
      width == 1 ? [tap.name] : (0..<width).map { "\(tap.name):\($0)" }
    }
  }
}
