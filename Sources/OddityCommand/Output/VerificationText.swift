import Foundation
import Oddity

extension VerificationReport {
  /// The differences of a copy's scores, as text.
  var text: String {
    let table = Table(
      scores,
      [
        .text("score") { $0.name }, .number("largest difference") { number($0.largestDifference) },
        .number("in deviations") { number($0.largestRelativeDifference) },
        .number("inputs that differ") { "\($0.failedInputs.count) of \(inputs)" },
      ])
    return table.text + "\n" + verdict + "\n" + (provenance?.text ?? "")
  }

  private var verdict: String {
    let bound = "\(Numbers.shortest(tolerance)) standard deviations of in-distribution scores"
    guard scores.contains(where: { !$0.failedInputs.isEmpty }) else {
      return "verified: \(scores.map(\.name).joined(separator: ", ")) within \(bound)"
    }
    return "not verified: \(off) by more than \(bound)" + advice
  }

  private var off: String {
    let names = scores.filter { !$0.failedInputs.isEmpty }.map(\.name)
    return names.joined(separator: ", ") + (names.count == 1 ? " is off" : " are off")
  }

  /// A recalibration corrects only the calibrated score, and only if the copy still computes numbers.
  private var advice: String {
    guard let calibrated = scores.first, !calibrated.failedInputs.isEmpty else {
      return "; the calibrated score \(scores.first?.name ?? "") is within the tolerance"
    }
    guard calibrated.largestDifference != nil else {
      return "; \(calibrated.name) is not a number: convert the model in another way"
    }
    return
      "; if you accept this difference of another precision, calibrate for it with 'oddity fit --from "
      + "GUARDED --calibration-scores FILE'"
  }

  private func number(_ value: Double?) -> String {
    value.map { String(format: "%.2g", $0) } ?? "not finite"
  }
}

extension Provenance {
  /// Whether the file is what it claims to be, as text.
  fileprivate var text: String {
    guard !isProven else {
      return
        "proven: the file is \(classifier) with only Oddity's nodes added, and its thresholds follow from "
        + "the calibration scores\n"
    }
    let shown = problems.prefix(10).map { "  \($0)\n" }.joined()
    let rest = problems.count > 10 ? "  and \(problems.count - 10) more\n" : ""
    return "NOT proven: the file is not only \(classifier) with Oddity's nodes:\n" + shown + rest
  }
}

extension EngineComparison {
  /// The results of each engine, as text.
  var text: String {
    engines.map { run in
      let title = "\(run.engine) \(run.version) on \(run.device)"
      let body = run.report?.text ?? "not run: \(run.problem ?? "")\n"
      return "\(title)\n\(body)"
    }.joined(separator: "\n")
  }
}
