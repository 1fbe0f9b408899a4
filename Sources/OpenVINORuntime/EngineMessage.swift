/// OpenVINO's error texts: several lines of source locations and failed checks around the one that tells
/// a user what is wrong.
enum EngineMessage {
  /// The lines of `text` that name what is wrong, joined by "; ".
  ///
  /// Left out are lines about OpenVINO's own source files, headings and pointers to its documentation;
  /// where nothing remains, the last line with any text.
  static func essential(of text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).map(trimmed).filter { !$0.isEmpty }
    let telling = lines.filter { line in !noise.contains { line.hasPrefix($0) } }
    // What the engine lacks is the cause; that other nodes then failed to convert follows from it.
    let causes = telling.filter { $0.hasPrefix(missingOperator) }
    let chosen = telling.isEmpty ? lines.suffix(1) : (causes.isEmpty ? telling : causes).prefix(maximumLines)
    return shortened(chosen.joined(separator: "; "))
  }

  private static let missingOperator = "No conversion rule found for operations:"

  private static let maximumLines = 3
  private static let maximumLength = 400

  private static let noise = [
    "Exception from", "Check '", "FrontEnd API failed", "Model wasn't fully converted", "Summary:",
    "To facilitate the conversion", "While validating", "-- Conversion is failed for",
    "Encountered unconverted operation(s) for which",
  ]

  private static func trimmed(_ line: Substring) -> Substring {
    var line = line.drop(while: \.isWhitespace)
    if line.hasPrefix("-- ") { line = line.hasPrefix("-- Conversion") ? line : line.dropFirst(3) }
    while line.last?.isWhitespace == true { line.removeLast() }
    return line
  }

  private static func shortened(_ text: String) -> String {
    text.count <= maximumLength ? text : text.prefix(maximumLength) + "…"
  }
}
