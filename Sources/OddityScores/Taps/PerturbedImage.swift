import Imaging
import OddityClassifier
import ONNXGraph

/// An image one small step away, in the direction in which the classifier becomes surer of its decision:
/// `x′ = x − ε·sign(∇_x CE(l/T, ŷ))/std` (Liang et al., *ODIN*, ICLR 2018, eq. 2; the division by the preprocessing's std
/// by channel, which makes the step ε in units of pixels, is that of the authors' code).
package struct PerturbedImage: Hashable, Sendable {
  /// ε
  let epsilon: Double
  /// T
  let temperature: Double
}

extension Classifier {
  /// What the gradient with respect to the image needs to know of the graph.
  ///
  /// - Throws: ``OddityError`` `.usage` naming a node whose gradient cannot be built, or an input of whole numbers.
  package func gradient() throws -> Gradient {
    guard try inputType.integers == nil else {
      throw OddityError(
        .usage,
        "odin perturbs the image by less than a byte, but the input '\(image.name)' of \(model.name) takes whole numbers: set "
          + "odin.epsilon=0")
    }
    do {
      let gradient = try Gradient(engineModel, image: image.name, shapes: gradientShapes)
      var trial = Appendix(to: engineModel)
      _ = try gradient.append(of: head.logits, cotangent: Tensor(named: head.logits), to: &trial)
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
    let slope = try slope(of: classifier, temperature: perturbation.temperature)
    let size = Tensor(std.values.map { Float(perturbation.epsilon / $0) }, dims: std.dims)
    let image = Tensor(named: classifier.image.name) - slope.sign() * size
    return try secondPass(of: classifier, over: image, to: tensors)
  }

  /// Appends `T·∇_x CE(l/T, ŷ)`, of the image's shape.
  mutating func slope(of classifier: Classifier, temperature: Double) throws -> Tensor {
    try classifier.gradient().append(
      of: classifier.head.logits, cotangent: classifier.logitForm.lossGradient(temperature: temperature),
      to: &self)
  }
}

extension LogitTensor {
  /// `softmax(l/T) − onehot(ŷ)`, the gradient of the cross-entropy with respect to l/T, of the form of the logits. That with
  /// respect to l is the same but for a factor, of which the sign asks nothing.
  fileprivate func lossGradient(temperature: Double) -> Tensor {
    let isRow = dims.count == 1
    let logits = Tensor(named: tensor, rank: isRow ? 2 : nil)
    let scaled = (isRow ? logits : logits.reshaped([-1, classes])) / temperature
    let gradient = scaled.softmax(axis: 1) - scaled.isLargest(of: classes).cast(to: .float)
    return isRow ? gradient : gradient.reshaped([-1] + dims)
  }
}

/// The preprocessing's std by channel, so that it broadcasts over images.
package struct PixelScale: Sendable {
  /// One for each channel.
  package let values: [Double]
  /// [1, C, 1, 1] or [1, 1, 1, C]
  package let dims: [Int]
  package let layout: TensorLayout
  /// How far values reach before they are divided by std: 1, or 255.
  package let range: Double

  package init(values: [Double], dims: [Int], layout: TensorLayout = .nchw, range: Double = 1) {
    (self.values, self.dims, self.layout, self.range) = (values, dims, layout, range)
  }

  /// How large a step of one normalised value is in the input.
  ///
  /// - Parameter share: of the values' range, where they are not divided by a std.
  func normalisedUnit(unknown share: Double) -> Double { values.contains { $0 != 1 } ? 1 : share * range }
}

extension ResolvedPreprocessing {
  /// What a step in units of pixels is divided by.
  package var pixelScale: PixelScale {
    PixelScale(
      values: std, dims: layout == .nchw ? [1, std.count, 1, 1] : [1, 1, 1, std.count], layout: layout,
      range: 255 * rescaleFactor)
  }
}
