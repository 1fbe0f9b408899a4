import OddityFit

/// The content of a SUITE.yaml, which a benchmark runs: networks × image sets × scores × blocks.
public struct Suite: Sendable {
  /// The suite's file as the user named it. Every error begins with it.
  public let file: String
  public let networks: [Network]
  public let inDistribution: InDistribution
  public let outOfDistribution: [OODSet]
  /// The rows of the table, in this order.
  public let scores: [ScoreName]
  public let blocks: BlockListing
  /// Determines samples, parts and pseudo-OOD images.
  public let seed: UInt64
  /// The size of a seeded sample of images from each source of `id.fit`.
  public let limit: Int?
  /// The false-alarm rate of the thresholds.
  public let alpha: Alpha

  /// A classifier to benchmark.
  public struct Network: Sendable {
    public let name: String
    public let model: SuitePath
    /// `imagenet`, `cifar` or a file; nil scales values to [0, 1].
    public let preprocess: SuitePath?
    /// How the logits become probabilities; nil means that the graph determines it.
    public let head: HeadKind?
  }

  /// The in-distribution images. If a source appears under several keys, its images are dealt out among them.
  public struct InDistribution: Sendable {
    /// The images for NormRatio, for the selection and, without `calibration`, for the thresholds.
    public let fit: [SuitePath]
    /// The images for the thresholds. If there are none, a fifth of `fit` is used.
    public let calibration: [SuitePath]
    /// The images that the OOD sets are compared with.
    public let evaluate: [SuitePath]
    /// Shifted images of the same classes, such as photographs in fog. OpenOOD calls them csID. The full
    /// spectrum counts them as ID images.
    public let shifted: [ShiftedSet]
    /// Names of the classes, or a `.csv` of `path,index`.
    public let labels: SuitePath?
  }

  /// A set of OOD images with its name in tables.
  public struct OODSet: Sendable {
    public let name: String
    public let source: SuitePath
    /// Tables contain the mean of each group. If nil, the set counts only in the mean of all sets.
    public let group: OODGroup?
  }

  /// A set of shifted ID images with its name in tables.
  public struct ShiftedSet: Sendable {
    public let name: String
    public let source: SuitePath
  }

  /// The extent of the report on blocks.
  public enum BlockListing: String, Sendable, Codable, CaseIterable {
    /// Only the FeatureNorm at the selected block.
    case auto
    /// Also the NormRatio of every block and its detection metrics against each OOD set.
    case all
  }
}

/// A path or source in a suite.
public struct SuitePath: Sendable, Equatable {
  /// As written in the suite, relative to its folder.
  public let written: String
  /// Relative to the program's working directory.
  public let path: String
  /// The line of the suite that contains it, from 1.
  public let line: Int
}

extension Suite {
  /// The file name of the suite.
  var name: String { file.split(separator: "/").last.map(String.init) ?? file }

  /// An error that names the suite and the line: `suite.yaml:12: …`.
  func error(_ code: OddityError.Code, line: Int, _ message: String, underlying: (any Error)? = nil)
    -> OddityError
  {
    OddityError(code, "\(file):\(line): \(message)", underlying: underlying)
  }
}
