import OddityStatistics
import ONNXGraph
import Engines

/// What has to be made of a tensor to have the logits, where no tensor of the file holds them.
enum LogitDerivation: Sendable, Equatable {
  /// `−x`: behind `1/(1 + exp(x))`, or where the smallest distance decides.
  case negative
  /// `(−x/2, x/2)`, or the other way round: the softmax of these is `(1 − σ(x), σ(x))`. Any shift would do for that; this one
  /// gives both classes the same energy.
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
  /// The model and the head of it, with logits appended where no tensor of the file holds them.
  ///
  /// - Throws: ``OddityError`` `.noHead` where two probabilities are made of more than one value for each image; the engine's
  ///   errors.
  func holding(
    logitsOf head: ClassifierHead, image: Graph.Value, engine: Engine
  ) throws -> (Model, ClassifierHead) {
    guard let derivation = head.derivation else { return (self, head) }
    let shapes = try TensorShapes(
      of: [head.logits], in: pruned(to: [head.logits]), image: image, engine: engine)
    guard shapes.headClasses(head) != nil else {
      throw OddityError(
        .noHead,
        "the answer '\(head.output)' of \(name) is made of '\(head.logits)', which does not have one value for each class of an "
          + "image: pass \(.logits, "NAME")")
    }
    let values = graph.singlePrecision(head.logits, type: shapes.elementType(head.logits))
    // Its own nodes and outputs stay as they are.
    var appendix = Appendix(to: self, scope: "logits/")
    appendix.append(derivation.logits(of: values), as: Self.derivedLogits)
    var derived = head
    derived.logits = Self.derivedLogits
    return (try Model(bytes: appendix.appended(to: self), name: name), derived)
  }

  /// The tensor that derived logits are written to.
  static let derivedLogits = Appendix.prefix + "logits"
}
