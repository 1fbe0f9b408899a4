import Foundation
import Testing
import TestSupport

/// Requires that two runs of `oddity score` printed the same lines. With OpenVINO, the bytes are equal. ONNX
/// Runtime computes batches of different sizes in different orders, so the last digits may differ.
func expectSameLines(
  _ lines: String, _ others: String, bytewise isBytewise: Bool = TestedEngine.isOpenVINO,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  guard !isBytewise else {
    #expect(lines == others, sourceLocation: sourceLocation)
    return
  }
  let (first, second) = (try fields(lines), try fields(others))
  #expect(first.count == second.count, sourceLocation: sourceLocation)
  let different = zip(first, second).first { !agree($0, $1) }
  #expect(different == nil, sourceLocation: sourceLocation)
}

private func fields(_ lines: String) throws -> [[String: Any]] {
  try lines.split(separator: "\n").map {
    try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
  }
}

private func agree(_ line: [String: Any], _ other: [String: Any]) -> Bool {
  line.keys == other.keys && line.allSatisfy { key, value in other[key].map { agree(value, $0) } ?? false }
}

private func agree(_ value: Any, _ other: Any) -> Bool {
  if let value = value as? [String: Any], let other = other as? [String: Any] { return agree(value, other) }
  if let value = value as? Double, let other = other as? Double {
    return abs(value - other) <= 1e-4 * max(1, abs(value))
  }
  return "\(value)" == "\(other)"
}
