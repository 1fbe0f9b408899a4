import OddityFiles
import ONNXGraph

extension TensorShapes {
  /// Refuses a softmax that is taken over other values than those of one image's classes: what it gives is no probability of a
  /// class, though its input looks like logits.
  ///
  /// - Throws: ``OddityError`` `.noHead` naming it.
  func checkSoftmax(_ head: ClassifierHead, classes: Int, of model: Model) throws(OddityError) {
    guard let stated = head.softmaxAxis, head.derivation == nil, classes > 1,
      let shape = self[head.logits], shape.count > 1
    else { return }
    let classAxes = shape.indices.filter { shape[$0] == classes }
    guard classAxes.count == 1, let classAxis = classAxes.first else { return }
    // Up to operator set 12 all axes from the stated one on are one.
    let isCoerced = model.opset < 13
    let axis = stated == ActivationForms.unstatedAxis ? (isCoerced ? 1 : -1) : stated
    let place = axis < 0 ? axis + shape.count : axis
    let isRight = isCoerced ? (1...max(classAxis, 1)).contains(place) : place == classAxis
    guard !isRight else { return }
    let dims = shape.map { $0.map(String.init) ?? "?" }.joined(separator: ",")
    throw OddityError(
      .noHead,
      "the softmax behind '\(head.logits)' of \(model.name) is taken over axis \(place) of [\(dims)], where the classes are axis "
        + "\(classAxis), so it gives no probabilities of classes: export the model again with the softmax over the classes, or pass "
        + "--logits \(head.logits) to take what stands in front of it")
  }
}
