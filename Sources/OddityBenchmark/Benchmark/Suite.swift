import OddityFit

/// What a benchmark runs, as a SUITE.yaml says it: networks × image sets × scores × blocks.
public struct Suite: Sendable {
  /// The suite's file as it was named: every complaint begins with it.
  public let file: String
  public let networks: [Network]
  public let inDistribution: InDistribution
  public let outOfDistribution: [OODSet]
  /// The rows of the table, in this order.
  public let scores: [ScoreName]
  public let blocks: BlockListing
  /// Decides samples, parts and pseudo-OOD images.
  public let seed: UInt64
  /// A seeded sample of so many images of each source of `id.fit`.
  public let limit: Int?
  /// The false-alarm rate that thresholds are set at.
  public let alpha: Alpha

  /// A classifier to benchmark.
  public struct Network: Sendable {
    public let name: String
    public let model: SuitePath
    /// `imagenet`, `cifar` or a file; `nil` scales values to [0, 1].
    public let preprocess: SuitePath?
    /// How the logits become probabilities; nil where the graph is to tell.
    public let head: HeadKind?
  }

  /// The in-distribution images. A source that stands under several of the keys is dealt out among them.
  public struct InDistribution: Sendable {
    /// What NormRatio, selection and, without `calibration`, the thresholds come from.
    public let fit: [SuitePath]
    /// What thresholds come from; a fifth of `fit` where there is none.
    public let calibration: [SuitePath]
    /// What the OOD sets are compared with.
    public let evaluate: [SuitePath]
    /// Images of the same classes that have shifted, such as photographs in fog; OpenOOD's csID. The full spectrum has them as ID images.
    public let shifted: [ShiftedSet]
    /// Names of the classes, or a `.csv` of `path,index`.
    public let labels: SuitePath?
  }

  /// A set of OOD images with the name that the tables give it.
  public struct OODSet: Sendable {
    public let name: String
    public let source: SuitePath
    /// Tables have a mean of each; nil leaves the set to the mean of all alone.
    public let group: OODGroup?
  }

  /// A set of shifted ID images with the name that the tables give it.
  public struct ShiftedSet: Sendable {
    public let name: String
    public let source: SuitePath
  }

  /// How much is reported of the blocks.
  public enum BlockListing: String, Sendable, Codable, CaseIterable {
    /// FeatureNorm at the selected block.
    case auto
    /// And, beside its NormRatio, how well every block tells ID from each OOD set.
    case all
  }
}

/// A path or source in a suite.
public struct SuitePath: Sendable, Equatable {
  /// As the suite has it: relative to the suite's folder.
  public let written: String
  /// From where the program runs.
  public let path: String
  /// The line of the suite that it stands on, from 1.
  public let line: Int
}

extension Suite {
  /// The name of its file.
  var name: String { file.split(separator: "/").last.map(String.init) ?? file }

  /// A complaint that names the suite and the line: `suite.yaml:12: …`.
  func error(_ code: OddityError.Code, line: Int, _ message: String, underlying: (any Error)? = nil)
    -> OddityError
  {
    OddityError(code, "\(file):\(line): \(message)", underlying: underlying)
  }
}
