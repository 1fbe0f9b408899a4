import Foundation
import Testing
import TestSupport

/// `oddity compare`.
@Suite struct CompareCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test func aModelKeepsItsOwnVerdicts() throws {
    let outcome = try workshop.oddity("compare", "guarded.onnx", "guarded.onnx", "id", "odd", "--json")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let json = try outcome.json()
    #expect(
      try json.number("agreement") == 1 && json.number("same_class") == 1 && json.number("spearman") > 0.999)
    #expect(try json.number("only_first_flagged") == 0 && json.number("only_second_flagged") == 0)
    #expect(try json.objects("changed").isEmpty && json.number("p_value_of_rates") == 1)
  }

  /// Compares with the lines of `oddity score`, and with SciPy's numbers for them.
  @Test func countsAreThoseOfTheScores() throws {
    let loose = try workshop.oddity(
      "fit", "--from", "guarded.onnx", "--alpha", "0.3", "--output", "loose.onnx")
    #expect(loose.status == 0, "\(loose.messages)")
    let outcome = try workshop.oddity(
      "compare", "guarded.onnx", "loose.onnx", "id", "--json", "--report", "comparison.html")
    let json = try outcome.json()
    let first = try workshop.oddity("score", "guarded.onnx", "id").jsonLines()
    let second = try workshop.oddity("score", "loose.onnx", "id").jsonLines()
    let verdicts = try zip(first, second).map { (try $0.truth("outlier"), try $1.truth("outlier")) }
    let flagged = verdicts.count { !$0.0 && $0.1 }
    #expect(flagged > 0 && verdicts.count { $0.0 && !$0.1 } == 0)
    #expect(try json.number("only_second_flagged") == Double(flagged))
    #expect(try json.number("both_accepted") == Double(verdicts.count { !$0.0 && !$0.1 }))
    #expect(try json.number("both_flagged") == Double(verdicts.count { $0.0 && $0.1 }))
    #expect(try json.number("agreement") == Double(verdicts.count - flagged) / Double(verdicts.count))
    // All images that only one model flags are flagged by the second: twice the probability of only heads.
    #expect(try abs(json.number("p_value_of_rates") - 2 * pow(0.5, Double(flagged))) < 1e-12)
    let (own, other) = (
      Double(verdicts.count(where: \.0)) / Double(verdicts.count),
      Double(verdicts.count(where: \.1)) / Double(verdicts.count)
    )
    let chance = own * other + (1 - own) * (1 - other)
    #expect(try abs(json.number("kappa") - (json.number("agreement") - chance) / (1 - chance)) < 1e-12)
    let changes = try json.objects("changed")
    #expect(changes.count == min(20, flagged))
    let page = try String(
      contentsOf: workshop.folder.url.appending(path: "comparison.html"), encoding: .utf8)
    #expect(page.contains("Images by verdict") && page.contains("p-values"))
    let text = try workshop.oddity("compare", "guarded.onnx", "loose.onnx", "id")
    #expect(text.output.hasPrefix("the same verdict for ") && text.output.contains("changed"))
  }

  @Test func whatCannotBeComparedIsSaid() throws {
    let plain = Fixtures.url("residual.dyn.onnx").path
    #expect(try workshop.oddity("compare", "guarded.onnx", plain, "id").status == 65)
    #expect(try workshop.oddity("compare", "guarded.onnx", "id").status == 2)
  }
}
