import ONNXGraph

/// `Σ p log p`, the negative entropy of the softmax; of labels that are there or not `Σ_c σ log σ + (1−σ) log(1−σ)`, that of
/// all of them, σ the sigmoid of l_c.
///
/// p = 0 contributes 0: log-probabilities are finite, so exp(log p)·log p is.
struct Entropy: Score, FittedScore {
  static let description = ScoreDescription(
    name: "entropy", summary: "the negative entropy of the probabilities", paper: "folklore",
    composition: .logits, forms: .sureness)

  let taps: Set<Tap> = [.logits]

  let parameters: ScoreParameters

  func fitted(to data: FitData) -> any FittedScore { self }

  func score(_ x: ScoreInputs) -> Tensor {
    guard x.form == .softmax else { return ofLabels(x.logits) }
    let logP = x.logits.logSoftmax(axis: 1)
    return (logP.exp() * logP).sum(axis: 1)
  }

  private func ofLabels(_ logits: Tensor) -> Tensor {
    let (likelier, other) = logits.labelLogProbabilities()
    return (likelier.exp() * likelier + other.exp() * other).sum(axis: 1)
  }
}

extension Tensor {
  /// Of each label's logit the logarithms of the larger of σ and 1 − σ, `−log(1 + exp(−|l|))`, and of the smaller, |l| less.
  func labelLogProbabilities() -> (likelier: Tensor, other: Tensor) {
    let likelier = -(-abs()).exp().logOfOnePlus()
    return (likelier, likelier - abs())
  }
}
