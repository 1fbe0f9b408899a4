import Foundation
import Imaging
import OddityScores

/// Scores that another program computed: one number per line, or the lines of `oddity score --format jsonl`.
public struct ScoreFile: Sendable {
  /// The file's name in errors.
  public let path: String
  /// One row for each line that holds a score. Lines that hold an error are left out.
  public let rows: [Row]

  /// One image.
  public struct Row: Sendable {
    /// The calibrated score. NaN if it is not finite, nil if the line has only named scores.
    public let score: Float?
    /// The predicted class, or nil if the line does not contain it.
    public let classIndex: Int?
    /// Further scores by name.
    public let scores: [String: Float]
  }

  /// - Throws: ``OddityError`` `.badData`, naming the line, if a line holds neither a number nor such JSON;
  ///   also if the file cannot be read or holds no score.
  public init(path: String) throws(OddityError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw OddityError(.badData, "cannot read the scores \(path)")
    }
    try self.init(Array(data), path: path)
  }

  init(_ text: [UInt8], path: String) throws(OddityError) {
    var rows: [Row] = []
    for (number, line) in try TextLines.read(text, path: path).enumerated() {
      let line = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespaces)
      if line.isEmpty { continue }
      guard let parsed = Line(line) else {
        throw OddityError(
          .badData,
          "line \(number + 1) of \(path) is neither a number nor a JSON object with \"score\": '\(line.prefix(60))'"
        )
      }
      if let row = parsed.row { rows.append(row) }
    }
    guard !rows.isEmpty else { throw OddityError(.badData, "\(path) holds no score") }
    (self.path, self.rows) = (path, rows)
  }
}

extension ScoreFile {
  /// The score of each line, or nil if the line lacks it. A score with this name has priority over other
  /// values in the line.
  ///
  /// - Parameter isCalibrated: whether the value of `"score"` is also this score.
  func column(_ name: String, isCalibrated: Bool) -> [Float?] {
    rows.map { $0.scores[name] ?? (isCalibrated ? $0.score : nil) }
  }

  /// The names of scores that a model does not have, sorted.
  ///
  /// - Parameter known: the names of the model's scores.
  /// - Throws: ``OddityError`` `.badData` if none of the names in the file belongs to the model.
  public func unknownNames(besides known: [String]) throws(OddityError) -> [String] {
    let names = Set(rows.flatMap(\.scores.keys))
    let unknown = names.subtracting(known).sorted()
    guard unknown.isEmpty || unknown.count < names.count else {
      throw OddityError(
        .badData,
        "\(path) holds the scores \(unknown.joined(separator: ", ")), which the model does not have; it has "
          + "\(known.joined(separator: ", ")): pass scores that were computed with this model")
    }
    return unknown
  }

  /// The calibration images that the lines describe.
  ///
  /// - Throws: ``OddityError`` `.badData` if a line has no calibrated score, or a class that the model does
  ///   not have, or if none of the names of scores belongs to the model.
  package func calibrationSample(of metadata: GuardMetadata) throws(OddityError) -> CalibrationSample {
    _ = try unknownNames(besides: metadata.scores)
    let scores = column(metadata.score, isCalibrated: true).compactMap { $0 }
    guard scores.count == rows.count else {
      throw OddityError(
        .badData,
        "\(path) has lines with neither \"score\" nor \(metadata.score), the calibrated score, among \"scores\""
      )
    }
    let classes = rows.compactMap(\.classIndex)
    if let stranger = classes.first(where: { !(0..<metadata.classes).contains($0) }) {
      throw OddityError(
        .badData,
        "\(path) has the class \(stranger), but the classes of the model are 0 to \(metadata.classes - 1)"
      )
    }
    return try CalibrationSample(scores: scores, classes: classes.count == rows.count ? classes : nil)
  }
}

/// One line of a file of scores.
private struct Line {
  /// nil for a line that holds an error.
  let row: ScoreFile.Row?

  private struct Members: Decodable {
    let score: Float?
    let classIndex: Int?
    let scores: [String: Float?]?
    let error: String?
    let hasScore: Bool

    private enum CodingKeys: String, CodingKey {
      case score, scores, error
      case classIndex = "class"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      hasScore = container.contains(.score)
      score = try container.decodeIfPresent(Float.self, forKey: .score)
      classIndex = try container.decodeIfPresent(Int.self, forKey: .classIndex)
      scores = try container.decodeIfPresent([String: Float?].self, forKey: .scores)
      error = try container.decodeIfPresent(String.self, forKey: .error)
    }
  }

  init?(_ text: String) {
    if let number = Float(text) {
      row = ScoreFile.Row(score: number, classIndex: nil, scores: [:])
      return
    }
    guard let members = try? JSONDecoder().decode(Members.self, from: Data(text.utf8)) else { return nil }
    if members.error != nil {
      row = nil
      return
    }
    guard members.hasScore || members.scores != nil else { return nil }
    // JSON cannot express NaN, so null means a score that is not finite.
    row = ScoreFile.Row(
      score: members.hasScore ? members.score ?? .nan : nil, classIndex: members.classIndex,
      scores: (members.scores ?? [:]).mapValues { $0 ?? .nan })
  }
}
