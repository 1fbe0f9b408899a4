import Foundation

/// The decision of a classifier, from its logits.
package struct Prediction {
  /// The class of the largest logit, the first of equals.
  package let classIndex: Int
  private let logit: Double
  /// `Σ exp(l_c − l_ŷ)`, NaN if a logit is NaN.
  private let sum: Double

  /// - Parameter logits: one image's logits, at least one.
  package init(logits: some Collection<Float>) {
    let values = Array(logits)
    let best = values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    sum = values.reduce(0.0) { $0 + exp(Double($1) - Double(values[best])) }
    classIndex = best
    logit = Double(values[best])
  }

  /// The probability of the predicted class; NaN if a logit is NaN.
  package func confidence(by head: HeadKind) -> Double {
    switch head {
    case .softmax: 1 / sum
    case .sigmoid: sum.isNaN ? .nan : 1 / (1 + exp(-logit))
    }
  }
}
