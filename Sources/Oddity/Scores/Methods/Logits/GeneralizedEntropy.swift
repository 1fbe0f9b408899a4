/// `−Σ p^γ (1−p)^γ` over the M largest p (Liu et al., *GEN*, CVPR 2023, eq. 4).
///
/// From log-probabilities, since 1 − p vanishes in float32: `(p(1−p))^γ = exp(γ(log p + log(1−p)))`, where
/// `log(1−p)` of a class is the log-sum-exp of the others' log-probabilities; only of the largest p that differs from
/// `log1p(−p)` by more than rounding, so only there it is taken so.
///
/// A single logit has two probabilities, σ and 1 − σ, of which both terms are the same.
struct GeneralizedEntropy: Score {
  static let description = ScoreDescription(
    name: "gen", summary: "generalized entropy of the largest probabilities", paper: "Liu et al., CVPR 2023",
    composition: .logits,
    forms: [.softmax, .oneLogit],
    parameters: [
      ScoreParameter("gamma", "exponent", standard: 0.1, range: 0...1, excluding: [0]),
      ScoreParameter(
        "M", "how many of the largest probabilities", standard: nil, standardText: "min(100, classes)",
        range: 1...Double.greatestFiniteMagnitude, isWhole: true),
    ])

  let taps: Set<Tap> = [.logits]
  private let gamma: Double
  private let largest: Double?

  init(_ parameters: ScoreParameters) {
    gamma = parameters.number("gamma")
    largest = parameters["M"]
  }

  func fitted(to data: FitData) throws -> any FittedScore {
    let probabilities = data.form == .oneLogit ? 2 : data.classes
    let count = largest.map { Int($0) } ?? min(100, probabilities)
    guard count <= probabilities else {
      throw OddityError(
        .usage,
        "gen.M=\(count): the classifier has \(probabilities) classes, so M is a whole number from 1 to \(probabilities)"
      )
    }
    return Fitted(gamma: gamma, largest: count)
  }

  private struct Fitted: FittedScore {
    let gamma: Double
    let largest: Int

    var state: [String: ScoreState.Value] { ["gamma": .number(gamma), "M": .number(Double(largest))] }

    func append(to nodes: inout ScoreNodes) -> String {
      let logits = nodes.logits
      if nodes.form == .oneLogit { return ofOne(logits, in: &nodes) }
      let all = nodes.logProbabilities(logits)
      // The largest of all first; log(1 − p) of it is −log-odds + log p.
      let sorted = nodes.topValues(all, count: largest)
      let first = nodes.appendix.columns(0..<1, of: sorted)
      let odds = nodes.appendix.reshape(nodes.logOdds(logits), to: [-1, 1])
      let ofFirst = nodes.term(logP: first, logQ: nodes.appendix.add("Sub", [first, odds]), gamma: gamma)
      guard largest > 1 else { return nodes.appendix.reshape(nodes.appendix.add("Neg", [ofFirst]), to: [-1]) }
      let rest = nodes.appendix.columns(1..<largest, of: sorted)
      let one = nodes.number(1)
      let others = nodes.appendix.add("Sub", [one, nodes.appendix.add("Exp", [rest])])
      let ofRest = nodes.term(logP: rest, logQ: nodes.appendix.add("Log", [others]), gamma: gamma)
      let sum = nodes.appendix.reduce(.sum, ofRest, axes: [1], keep: true)
      let total = nodes.appendix.add("Add", [ofFirst, sum])
      return nodes.appendix.reshape(nodes.appendix.add("Neg", [total]), to: [-1])
    }

    private func ofOne(_ logit: String, in nodes: inout ScoreNodes) -> String {
      let logs = nodes.labelLogProbabilities(logit)
      let term = nodes.term(logP: logs.likelier, logQ: logs.other, gamma: gamma)
      let factor = nodes.number(-Double(largest))
      return nodes.appendix.reshape(nodes.appendix.add("Mul", [term, factor]), to: [-1])
    }
  }
}

extension ScoreNodes {
  /// `exp(γ(log p + log q))`
  fileprivate mutating func term(logP: String, logQ: String, gamma: Double) -> String {
    let factor = number(gamma)
    let sum = appendix.add("Add", [logP, logQ])
    return appendix.add("Exp", [appendix.add("Mul", [sum, factor])])
  }

  /// The largest values of each row, descending, [N, count].
  mutating func topValues(_ tensor: String, count: Int) -> String {
    let wanted = appendix.constant([Int64(count)], dims: [1])
    return appendix.add("TopK", [tensor, wanted], ["axis": .int(1)], outputs: [nil, nil])[0]
  }
}
