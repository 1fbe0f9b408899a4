/// Comma-separated values with the quoting of RFC 4180, and lines ended by a single newline.
enum CSV {
  /// One record. A field with a comma, a quote or a line break is quoted, and quotes in it are doubled.
  static func line(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\n"
  }

  private static func field(_ text: String) -> String {
    let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
    guard text.unicodeScalars.contains(where: special.contains) else { return text }
    let doubled = text.unicodeScalars.reduce(into: "") { result, scalar in
      if scalar == "\"" { result += "\"" }
      result.unicodeScalars.append(scalar)
    }
    return "\"" + doubled + "\""
  }
}
