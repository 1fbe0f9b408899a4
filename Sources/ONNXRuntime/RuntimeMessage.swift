/// Shortens ONNX Runtime's error texts. They begin with a source location and function names, and the reason
/// follows.
enum RuntimeMessage {
  /// The reason alone, on one line.
  static func essential(of text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    let status = line.ranges(of: "Status Message: ").last.map { line[$0.upperBound...] } ?? line[...]
    // For example "/src/graph.cc:1467 void onnxruntime::Graph::Read(const Model&) The reason".
    let place = #/\S+\.(?:cc|cpp|cu|h):\d+ .*?\)(?: const)? /#
    let bare = status.prefixMatch(of: place).map { status[$0.range.upperBound...] } ?? status
    let reason = node(of: line).map { "\($0): \(bare)" } ?? String(bare)
    return reason.count <= maximumLength ? reason : reason.prefix(maximumLength) + "…"
  }

  /// The node that failed, if the text says "while running Conv node. Name:'conv1' …".
  private static func node(of line: String) -> String? {
    line.firstMatch(of: /while running (\w+) node. Name:'([^']*)'/).map { match in
      match.2.isEmpty ? String(match.1) : "\(match.1) '\(match.2)'"
    }
  }

  private static let maximumLength = 400
}
