import OddityStatistics
import ONNXGraph
import Engines

/// How the logits are computed from a tensor, if no tensor of the file holds them.
enum LogitDerivation: Sendable, Equatable {
  /// `−x`: used before `1/(1 + exp(x))`, or if the smallest distance decides.
  case negative
  /// `(−x/2, x/2)`, or the other way round. Their softmax is `(1 − σ(x), σ(x))`. Any shift would give that;
  /// this one gives both classes the same energy.
  case twoClasses(isPresentFirst: Bool)
}

extension LogitDerivation {
  fileprivate func logits(of values: Tensor) -> Tensor {
    switch self {
    case .negative: return -values
    case .twoClasses(let isPresentFirst):
      let present = values.column() * 0.5
      return .concatenation(isPresentFirst ? [present, -present] : [-present, present], axis: 1)
    }
  }
}

extension Model {
  /// The model and its head, with logits appended if no tensor of the file holds them.
  ///
  /// - Throws: ``OddityError`` `.noHead` if two probabilities are computed from more than one value per
  ///   image; the engine's errors.
  func holding(
    logitsOf head: ClassifierHead, image: Graph.Value, engine: Engine
  ) throws -> (Model, ClassifierHead) {
    guard let derivation = head.derivation else { return (self, head) }
    let shapes = try TensorShapes(
      of: [head.logits], in: pruned(to: [head.logits]), image: image, engine: engine)
    guard shapes.headClasses(head) != nil else {
      throw OddityError(
        .noHead,
        "the answer '\(head.output)' of \(name) is computed from '\(head.logits)', which does not have one "
          + "value per image and class: pass \(.logits, "NAME")")
    }
    let values = graph.singlePrecision(head.logits, type: shapes.elementType(head.logits))
    // The model's own nodes and outputs do not change.
    var appendix = Appendix(to: self, scope: "logits/")
    appendix.append(derivation.logits(of: values), as: Self.derivedLogits)
    var derived = head
    derived.logits = Self.derivedLogits
    return (try Model(bytes: appendix.appended(to: self), name: name), derived)
  }

  /// The tensor that derived logits are written to.
  static let derivedLogits = Appendix.prefix + "logits"
}
