import ONNXGraph

/// An image one small step away, in the direction in which the classifier becomes surer of its decision:
/// `x′ = x − ε·sign(∇_x CE(l/T, ŷ))/std` (Liang et al., *ODIN*, ICLR 2018, eq. 2; the division by the preprocessing's std
/// by channel, which makes the step ε in units of pixels, is that of the authors' code).
struct PerturbedImage: Hashable, Sendable {
  /// ε
  let epsilon: Double
  /// T
  let temperature: Double
}

extension Classifier {
  /// What the gradient with respect to the image needs to know of the graph.
  ///
  /// - Throws: ``OddityError`` `.usage` naming a node whose gradient cannot be built, or an input of whole numbers.
  func gradient() throws -> Gradient {
    guard try inputType.integers == nil else {
      throw OddityError(
        .usage,
        "odin perturbs the image by less than a byte, but the input '\(image.name)' of \(model.name) takes whole numbers: set "
          + "odin.epsilon=0")
    }
    do {
      var gradient = try Gradient(engineModel, image: image.name, shapes: gradientShapes)
      var trial = Appendix(to: engineModel)
      _ = try gradient.append(of: head.logits, cotangent: head.logits, to: &trial)
      return gradient
    } catch let error as GraphError {
      throw OddityError(
        .usage, "odin perturbs the image by its gradient: \(error.message); set odin.epsilon=0",
        underlying: error)
    }
  }

  /// Of every tensor between image and logits, the image's among them.
  private var gradientShapes: [String: [Int?]] {
    var shapes = [image.name: image.shape ?? []]
    for tensor in Gradient.tensors(from: head.logits, in: engineModel, image: image.name) {
      if let shape = allShapes?[tensor] { shapes[tensor] = shape }
    }
    return shapes
  }
}

extension Appendix {
  /// Appends the perturbed image and a second pass of the classifier over it; its tensors there.
  mutating func perturbed(
    _ perturbation: PerturbedImage, _ tensors: [String], of classifier: Classifier, std: PixelScale
  ) throws -> [String] {
    var gradient = try classifier.gradient()
    let cotangent = lossGradient(of: classifier.logitForm, temperature: perturbation.temperature)
    let slope = try gradient.append(of: classifier.head.logits, cotangent: cotangent, to: &self)
    let size = constant(std.values.map { Float(perturbation.epsilon / $0) }, dims: std.dims)
    let step = add("Mul", [add("Sign", [slope]), size])
    let image = add("Sub", [classifier.image.name, step])
    return try copy(of: classifier.engineModel, replacing: classifier.image.name, with: image, to: tensors)
  }

  /// Appends `T·∇_x CE(l/T, ŷ)`, of the image's shape.
  mutating func slope(of classifier: Classifier, temperature: Double) throws -> String {
    var gradient = try classifier.gradient()
    let cotangent = lossGradient(of: classifier.logitForm, temperature: temperature)
    return try gradient.append(of: classifier.head.logits, cotangent: cotangent, to: &self)
  }

  /// The gradient of the cross-entropy with respect to l/T, of the form of the logits.
  private mutating func lossGradient(of logits: LogitTensor, temperature: Double) -> String {
    let isRow = logits.dims.count == 1
    let rows = isRow ? logits.tensor : reshape(logits.tensor, to: [-1, logits.classes])
    let scaled = add("Div", [rows, constant([Float(temperature)], dims: [1, 1])])
    let gradient = lossGradient(scaled, classes: logits.classes)
    return isRow ? gradient : reshape(gradient, to: [-1] + logits.dims)
  }

  /// `softmax(l) − onehot(ŷ)`, the gradient of the cross-entropy with respect to the logits; that of l/T is the same but
  /// for a factor, of which the sign asks nothing.
  private mutating func lossGradient(_ logits: String, classes: Int) -> String {
    let largest = reduce(.max, logits, axes: [1], keep: true)
    let powers = add("Exp", [add("Sub", [logits, largest])])
    let softmax = add("Div", [powers, reduce(.sum, powers, axes: [1], keep: true)])
    let predicted = add("ArgMax", [logits], ["axis": .int(1), "keepdims": .int(1)])
    let all = constant((0..<Int64(classes)).map { $0 }, dims: [1, classes])
    let isPredicted = cast(add("Equal", [all, predicted]), to: .float)
    return add("Sub", [softmax, isPredicted])
  }
}

/// The preprocessing's std by channel, so that it broadcasts over images.
struct PixelScale: Sendable {
  /// One for each channel.
  let values: [Double]
  /// [1, C, 1, 1] or [1, 1, 1, C]
  let dims: [Int]
}
