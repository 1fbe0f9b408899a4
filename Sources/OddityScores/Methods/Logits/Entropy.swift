import OddityClassifier
import ONNXGraph

/// `Σ p log p`, the negative entropy of the softmax. For independent labels, it is `Σ_c σ log σ + (1−σ)
/// log(1−σ)`, the negative entropy of all labels, where σ is the sigmoid of l_c.
///
/// p = 0 contributes 0, because log-probabilities are finite, and so is exp(log p)·log p.
struct Entropy: CompleteScore {
  static let description = ScoreDescription(
    name: "entropy", summary: "the negative entropy of the probabilities", paper: "folklore",
    composition: .logits, forms: .sureness, sign: .negative)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits] }

  func score(_ x: ScoreInputs, _: ScoreParameters) -> Tensor {
    guard x.form == .softmax else {
      let (likelier, other) = x.logits.labelLogProbabilities()
      return (likelier.exp() * likelier + other.exp() * other).sum(axis: 1)
    }
    let logP = x.logits.logSoftmax(axis: 1)
    return (logP.exp() * logP).sum(axis: 1)
  }
}

extension Tensor {
  /// For each label's logit, the logarithm of the larger of σ and 1 − σ, `−log(1 + exp(−|l|))`, and of the
  /// smaller one, which is lower by |l|.
  func labelLogProbabilities() -> (likelier: Tensor, other: Tensor) {
    let likelier = -(-abs()).exp().logOfOnePlus()
    return (likelier, likelier - abs())
  }
}

/// `−Σ p^γ (1−p)^γ` over the M largest p (Liu et al., *GEN*, CVPR 2023, eq. 4).
///
/// It is computed from log-probabilities, because 1 − p vanishes in float32: `(p(1−p))^γ = exp(γ(log p +
/// log(1−p)))`, where `log(1−p)` of a class is the log-sum-exp of the others' log-probabilities. This differs
/// from `log1p(−p)` by more than rounding only for the largest p, so it is used only there.
///
/// A single logit has two probabilities, σ and 1 − σ, whose terms are equal.
struct GeneralizedEntropy: Score {
  static let description = ScoreDescription(
    name: "gen", summary: "generalized entropy of the largest probabilities", paper: "Liu et al., CVPR 2023",
    composition: .logits,
    forms: [.softmax, .oneLogit], sign: .negative,
    parameters: [gamma, largest])
  private static let gamma = Parameter<Double>("gamma", "exponent", default: 0.1, in: 0...1, excluding: [0])
  private static let largest = Parameter<Int?>(
    "M", "how many of the largest probabilities", default: "min(100, classes)")

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits] }

  func fitted(to data: FitData) throws -> FittedScore {
    let probabilities = data.form == .oneLogit ? 2 : data.classes
    let count = data.parameters[Self.largest] ?? min(100, probabilities)
    guard count <= probabilities else {
      throw OddityError(
        .usage,
        "gen.M=\(count): the classifier has \(probabilities) classes, so M is a whole number from 1 to \(probabilities)"
      )
    }
    let gamma = data.parameters[Self.gamma]
    return FittedScore(["gamma": .number(gamma), "M": .number(Double(count))]) { x in
      Self.score(x, largest: count) { logP, logQ in ((logP + logQ) * gamma).exp() }
    }
  }

  /// - Parameter term: `exp(γ(log p + log q))`
  private static func score(
    _ x: ScoreInputs, largest: Int, term: (_ logP: Tensor, _ logQ: Tensor) -> Tensor
  ) -> Tensor {
    if x.form == .oneLogit {
      let (likelier, other) = x.logits.labelLogProbabilities()
      return (term(likelier, other) * -Double(largest)).flattened()
    }
    // The largest first. log(1 − p) of it is −log-odds + log p.
    let sorted = x.logits.logSoftmax(axis: 1).largest(largest, axis: 1).values
    let first = sorted.columns(0..<1)
    let ofFirst = term(first, first - x.logOdds.column())
    guard largest > 1 else { return (-ofFirst).flattened() }
    let rest = sorted.columns(1..<largest)
    let ofRest = term(rest, (1 - rest.exp()).log())
    return (-(ofFirst + ofRest.sum(axis: 1, keep: true))).flattened()
  }
}

/// `‖z‖₁ · Σ_c |C·p_c − 1|`, the L1 norm of the last layer's gradient of the cross-entropy to the uniform
/// distribution (Huang et al., NeurIPS 2021, eq. 6 to 8, times C).
struct GradNorm: CompleteScore {
  static let description = ScoreDescription(
    name: "gradnorm", summary: "norm of the last layer's gradient towards uniform",
    paper: "Huang et al., NeurIPS 2021", networks: .features, sign: .positive)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits, .features] }

  func score(_ x: ScoreInputs, _: ScoreParameters) -> Tensor {
    let residuals = (x.logits.logSoftmax(axis: 1).exp() * Double(x.classes) - 1).abs()
    return x.features.abs().sum(axis: 1) * residuals.sum(axis: 1)
  }
}
