import Foundation
import OddityStatistics
import ONNXGraph

/// How a classifier's logits become probabilities.
public enum HeadKind: String, Codable, Sendable, CaseIterable {
  /// Exactly one class is right, and the probabilities are a softmax over all classes.
  case softmax
  /// Each class may be present or absent, and its probability is the sigmoid of its own logit. This includes
  /// a single logit, and labels of which an image may show several or none.
  case sigmoid
}

/// The decision of a classifier, from its logits.
package struct Prediction {
  /// The class with the largest logit, or the first of equal ones.
  package let classIndex: Int
  private let logit: Double
  /// `Σ exp(l_c − l_ŷ)`, NaN if a logit is NaN.
  private let sum: Double

  /// - Parameter logits: one image's logits, at least one.
  package init(logits: some Collection<Float>) {
    self =
      logits.withContiguousStorageIfAvailable { Prediction(of: $0) }
      ?? Array(logits).withUnsafeBufferPointer { Prediction(of: $0) }
  }

  /// Without a copy, because every image has a prediction.
  private init(of logits: UnsafeBufferPointer<Float>) {
    let best = logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
    sum = logits.reduce(0.0) { $0 + exp(Double($1) - Double(logits[best])) }
    classIndex = best
    logit = Double(logits[best])
  }

  /// - Parameter temperature: the logits are divided by it.
  package init(logits: some Collection<Float>, temperature: Double) {
    self.init(logits: logits.map { Float(Double($0) / temperature) })
  }

  /// The probability of the predicted class; NaN if a logit is NaN.
  package func confidence(by head: HeadKind) -> Double {
    switch head {
    case .softmax: 1 / sum
    case .sigmoid: sum.isNaN ? .nan : 1 / (1 + exp(-logit))
    }
  }
}

extension TensorShapes {
  /// Refuses a softmax over anything but the classes of one image. Its output is not a class probability,
  /// although its input looks like logits.
  ///
  /// - Throws: ``OddityError`` `.noHead`, naming it.
  func checkSoftmax(_ head: ClassifierHead, classes: Int, of model: Model) throws(OddityError) {
    guard let stated = head.softmaxAxis, head.derivation == nil, classes > 1,
      let shape = self[head.logits], shape.count > 1
    else { return }
    let classAxes = shape.indices.filter { shape[$0] == classes }
    guard classAxes.count == 1, let classAxis = classAxes.first else { return }
    // Up to operator set 12, all axes from the stated one on are treated as one.
    let isCoerced = model.opset < 13
    let axis = stated == ActivationForms.unstatedAxis ? (isCoerced ? 1 : -1) : stated
    let place = axis < 0 ? axis + shape.count : axis
    let isRight = isCoerced ? (1...max(classAxis, 1)).contains(place) : place == classAxis
    guard !isRight else { return }
    let dims = shape.map { $0.map(String.init) ?? "?" }.joined(separator: ",")
    throw OddityError(
      .noHead,
      "the softmax behind '\(head.logits)' of \(model.name) is taken over axis \(place) of [\(dims)], where "
        + "the classes are axis \(classAxis), so its output is not a probability for each class: export the "
        + "model again with the softmax over the classes, or pass \(.logits, head.logits), the tensor before "
        + "the softmax")
  }
}
