/// Whether a guarded file is a classifier with Oddity's nodes and nothing else, and says of itself what its nodes do.
public struct Provenance: Codable, Sendable, Equatable {
  /// The classifier's file.
  public let classifier: String
  /// Whether that file is, byte for byte, the one that was guarded.
  public let isSameFile: Bool
  /// One sentence for each deviation.
  public let problems: [String]

  public var isProven: Bool { problems.isEmpty }

  /// The same, with another file of an equal classifier among the deviations.
  var ofTheSameFile: Provenance {
    guard !isSameFile else { return self }
    return Provenance(
      classifier: classifier, isSameFile: false,
      problems: problems + ["\(classifier) is not the file that was guarded: its SHA-256 is another one"])
  }

  private enum CodingKeys: String, CodingKey {
    case classifier
    case isSameFile = "same_file"
    case problems
  }
}
