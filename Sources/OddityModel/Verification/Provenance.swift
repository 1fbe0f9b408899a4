/// Whether a guarded file is a classifier with only Oddity's nodes added, and whether its metadata agree with
/// its nodes.
public struct Provenance: Codable, Sendable, Equatable {
  /// The classifier's file.
  public let classifier: String
  /// Whether that file is the one that was guarded, byte for byte.
  public let isSameFile: Bool
  /// One sentence for each deviation.
  public let problems: [String]

  public var isProven: Bool { problems.isEmpty }

  /// The same, where a different file of an equal classifier is also a deviation.
  var ofTheSameFile: Provenance {
    guard !isSameFile else { return self }
    return Provenance(
      classifier: classifier, isSameFile: false,
      problems: problems + ["\(classifier) is not the file that was guarded: its SHA-256 differs"])
  }

  private enum CodingKeys: String, CodingKey {
    case classifier
    case isSameFile = "same_file"
    case problems
  }
}
