import OddityFit

/// The results of a benchmark, as `oddity benchmark --json` prints them and `results.json` contains them.
///
/// Contains nothing that differs from run to run. There are no times, and the only paths are those in the
/// suite.
public struct BenchmarkReport: Codable, Sendable {
  /// The suite's file name.
  public let suite: String
  public let oddityVersion: String
  public let seed: UInt64
  public let limit: Int?
  public let alpha: Double
  /// The kinds of pseudo-OOD images. The first one selects the block.
  public let pseudoOOD: [String]
  public let networks: [NetworkReport]

  private enum CodingKeys: String, CodingKey {
    case suite
    case oddityVersion = "oddity_version"
    case seed, limit, alpha
    case pseudoOOD = "pseudo_ood"
    case networks
  }

  init(_ suite: Suite, options: BenchmarkOptions, networks: [NetworkReport]) {
    self.suite = suite.name
    oddityVersion = OddityFiles.oddityVersion
    seed = suite.seed
    limit = suite.limit
    alpha = suite.alpha.value
    pseudoOOD = options.pseudoOOD.map(\.name)
    self.networks = networks
  }
}

/// One network of a benchmark.
public struct NetworkReport: Codable, Sendable {
  public let name: String
  /// The model's path as written in the suite.
  public let model: String
  public let classes: Int
  /// The share of the images of `id.evaluate` that are classified correctly; nil if their labels are unknown.
  public let idAccuracy: Double?
  /// The number of these images whose class is known.
  public let idAccuracyImages: Int
  /// As `oddity fit --json` prints it: the selected block, the NormRatio of every block, and the threshold of
  /// the first score.
  public let fit: FitReport
  /// Every score against every OOD set.
  public let table: MethodTable
  /// The same table with the shifted images among the ID images; nil unless the suite has shifted images.
  public let fullSpectrum: FullSpectrumReport?
  /// The distance of `auto` from the best single score in hindsight; nil unless the suite contains `auto` and
  /// requests all blocks.
  public let hindsight: HindsightComparison?
  /// The threshold of every score, and the shares of images that it flags.
  public let thresholds: [ThresholdReport]
  /// The NormRatio of every block, its AUROC, and how well the former predicts the latter; nil unless the
  /// suite requests all blocks.
  public let blocks: BlockComparison?
  /// All metrics of every block's FeatureNorm, in the order of the blocks; nil unless the suite requests all
  /// blocks.
  public let blockMetrics: [BlockMetrics]?

  /// The part of the report that tables show.
  package var results: NetworkResults {
    NetworkResults(
      name: name, idAccuracy: idAccuracy, idAccuracyImages: idAccuracyImages, shifted: [], table: table,
      fullSpectrum: fullSpectrum, hindsight: hindsight,
      blocks: blocks, autoChoice: fit.auto?.chosen)
  }

  private enum CodingKeys: String, CodingKey {
    case name, model, classes
    case idAccuracy = "id_accuracy"
    case idAccuracyImages = "id_accuracy_images"
    case fit, table
    case fullSpectrum = "full_spectrum"
    case hindsight, thresholds, blocks
    case blockMetrics = "block_metrics"
  }
}

/// A score's threshold at the suite's alpha, and the shares of images that it flags as outliers.
public struct ThresholdReport: Codable, Sendable {
  public let score: String
  /// The ⌊alpha·(n+1)⌋-th smallest calibration score.
  public let threshold: Double
  public let idFlagged: Double
  public let ood: [FlaggedSet]
  public let shifted: [FlaggedSet]

  public struct FlaggedSet: Codable, Sendable {
    public let name: String
    public let flagged: Double
  }

  private enum CodingKeys: String, CodingKey {
    case score, threshold
    case idFlagged = "id_flagged"
    case ood, shifted
  }
}

/// FeatureNorm of one block against every OOD set.
public struct BlockMetrics: Codable, Sendable {
  public let index: Int?
  public let tensor: String
  public let ood: [AgainstSet]
  /// Unweighted means over the sets.
  public let mean: DetectionMetrics

  init(_ block: Block, ood: [AgainstSet]) {
    (index, tensor, self.ood) = (block.index, block.tensor, ood)
    mean = DetectionMetrics(meanOf: ood.map(\.metrics))
  }

  /// The metrics against one set. They are encoded beside its name.
  public struct AgainstSet: Codable, Sendable {
    public let name: String
    public let metrics: DetectionMetrics

    private enum CodingKeys: String, CodingKey { case name }
  }
}

extension BlockMetrics.AgainstSet {
  public init(from decoder: any Decoder) throws {
    name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
    metrics = try DetectionMetrics(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try metrics.encode(to: encoder)
  }
}
