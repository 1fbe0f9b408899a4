import Foundation
import Imaging
import OddityScores

/// Scores that another program computed: a number on each line, or the lines of `oddity score --format jsonl`.
public struct ScoreFile: Sendable {
  /// The file, as errors call it.
  public let path: String
  /// One for each line that holds a score; lines that hold an error are left out.
  public let rows: [Row]

  /// One image.
  public struct Row: Sendable {
    /// The calibrated score; NaN where it is not finite, nil where the line has only named ones.
    public let score: Float?
    /// The predicted class; nil where the line does not tell.
    public let classIndex: Int?
    /// Further scores by their names.
    public let scores: [String: Float]
  }

  /// - Throws: ``OddityError`` `.badData` naming a line that holds neither a number nor such JSON, and for a file that
  ///   cannot be read or holds no score.
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
  /// A score of each line, nil where one lacks it. What has a name is found by it, whatever else the line holds.
  ///
  /// - Parameter isCalibrated: whether it is also what stands as `"score"`.
  func column(_ name: String, isCalibrated: Bool) -> [Float?] {
    rows.map { $0.scores[name] ?? (isCalibrated ? $0.score : nil) }
  }

  /// Names of scores that a model does not have, sorted.
  ///
  /// - Parameter known: the model's.
  /// - Throws: ``OddityError`` `.badData` where none of the names in the file is the model's.
  public func unknownNames(besides known: [String]) throws(OddityError) -> [String] {
    let names = Set(rows.flatMap(\.scores.keys))
    let unknown = names.subtracting(known).sorted()
    guard unknown.isEmpty || unknown.count < names.count else {
      throw OddityError(
        .badData,
        "\(path) holds scores by the names \(unknown.joined(separator: ", ")), and the model has none of them, but "
          + "\(known.joined(separator: ", ")): pass scores that were computed with this model")
    }
    return unknown
  }

  /// The calibration images that the lines speak of.
  ///
  /// - Throws: ``OddityError`` `.badData` where a line has no calibrated score, or a class that the model has not, and where
  ///   scores have names of which none is the model's.
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
        "\(path) has the class \(stranger), which is none of the model's \(metadata.classes), 0 to \(metadata.classes - 1)"
      )
    }
    return try CalibrationSample(scores: scores, classes: classes.count == rows.count ? classes : nil)
  }
}

/// One line of a file of scores.
private struct Line {
  /// Nil for a line that holds an error.
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
    // JSON cannot say NaN: null stands for a score that is not finite.
    row = ScoreFile.Row(
      score: members.hasScore ? members.score ?? .nan : nil, classIndex: members.classIndex,
      scores: (members.scores ?? [:]).mapValues { $0 ?? .nan })
  }
}
