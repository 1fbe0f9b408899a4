import Foundation
import TestSupport
import Testing

@testable import ONNXGraph
@testable import OddityClassifier

/// The tables of docs/architectures.md on operators are made from the sets that the code uses.
@Suite struct OperatorPageTests {
  @Test func thePageSaysWhatTheCodeDoes() throws {
    let url = PythonReference.packageRoot.appending(path: "docs/architectures.md")
    let page = try String(contentsOf: url, encoding: .utf8)
    var expected = page
    for (name, table) in try Self.tables() { expected = try Self.page(expected, with: table, as: name) }
    if ProcessInfo.processInfo.environment["ODDITY_WRITE_PAGES"] != nil {
      try expected.write(to: url, atomically: true, encoding: .utf8)
    } else {
      #expect(
        page == expected,
        "docs/architectures.md differs from the code: ODDITY_WRITE_PAGES=1 swift test --filter OperatorPageTests writes it anew"
      )
    }
  }

  /// The page with a table between the comments that mark its position.
  private static func page(_ page: String, with table: String, as name: String) throws -> String {
    let start = try #require(page.range(of: "<!-- \(name) -->\n"))
    let end = try #require(page.range(of: "<!-- end -->", range: start.upperBound..<page.endIndex))
    return page[..<start.upperBound] + table + page[end.lowerBound...]
  }

  private static func tables() throws -> [(name: String, table: String)] {
    [
      ("sets", try sets()), ("raised", raised()), ("families", families()), ("gradient", gradient()),
      ("unsound", unsound()),
    ]
  }

  private static func sets() throws -> String {
    let newest = try Fixtures.fittable.map { try Model(contentsOf: Fixtures.url($0)).opset }.max()
    let (raised, kept) = (Model.oldestRaised, Model.oldestOpset)
    return table(
      ["operator set", "what becomes of a file"],
      [
        ["below \(raised)", "refused by name"],
        ["\(raised) to \(kept - 1)", "raised to \(kept) on reading"],
        [
          "from \(kept) on",
          "kept as it is; the scores' tests go up to \(try #require(newest)), and no newer set is refused",
        ],
      ])
  }

  private static func raised() -> String {
    let rows = Raising.byOperator.map { op, raising in
      let (first, last) = (raising.sets.lowerBound, raising.sets.upperBound - 1)
      let cells = [first == last ? "\(first)" : "\(first) to \(last)", raising.change, raising.refusal ?? ""]
      return (op, cells)
    }
    return table(["operator", "in sets", "what becomes of it", "refused where it"], grouped(rows))
  }

  private static func families() -> String {
    let answers = [
      ("answers", AnswerWalk.answers, "make an answer of logits or probabilities, which are what they take"),
      (
        "readings", AnswerWalk.readings, "behind an answer as if they were not there; else part of the logits"
      ),
      (
        "bounds", AnswerObstacle.bounding, "refused by name at the end, with the tensor to pass to `--logits`"
      ),
    ]
    let rows = Operators.families.map { ($0.name, $0.operators, $0.role) } + answers
    return table(["family", "operators", "taken for"], rows.map { [$0, list($1), $2] })
  }

  private static func gradient() -> String {
    table(
      ["of", "operators", "only"],
      Gradient.families.map { family in [family.name, list(family.rules.keys), family.limits] })
  }

  private static func unsound() -> String {
    table(
      ["operators", "what is said", "and what to do"],
      Unsoundness.all.map { [$0.operators.map(list) ?? "all", $0.what, $0.advice] })
  }

  /// Joins the rows of several operators whose other cells are the same.
  private static func grouped(_ rows: [(String, [String])]) -> [[String]] {
    Dictionary(grouping: rows, by: \.1).map { cells, rows in [list(rows.map(\.0))] + cells }
      .sorted { $0[0] < $1[0] }
  }

  private static func list(_ operators: some Sequence<String>) -> String {
    operators.sorted().joined(separator: ", ")
  }

  private static func table(_ header: [String], _ rows: [[String]]) -> String {
    ([header, header.map { _ in "---" }] + rows).map { "| \($0.joined(separator: " | ")) |\n" }.joined()
  }
}
