import Imaging
import OddityClassifier
import ONNXGraph

/// An image after one small step in the direction in which the classifier becomes more confident: `x′ = x −
/// ε·sign(∇_x CE(l/T, ŷ))/std` (Liang et al., *ODIN*, ICLR 2018, eq. 2). The division by the preprocessing's
/// std of each channel comes from the authors' code. It makes ε a step in units of pixels.
package struct PerturbedImage: Hashable, Sendable {
  /// ε
  let epsilon: Double
  /// T
  let temperature: Double
}

extension Classifier {
  /// The properties of the graph that are needed for the gradient with respect to the image.
  ///
  /// - Throws: ``OddityError`` `.usage` that names a node whose gradient cannot be built, or if the input
  ///   contains whole numbers.
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

  /// The sizes of every tensor between image and logits, including the image.
  private var gradientShapes: [String: [Int?]] {
    var shapes = [image.name: image.shape ?? []]
    for tensor in Gradient.tensors(from: head.logits, in: engineModel, image: image.name) {
      if let shape = allShapes?[tensor] { shapes[tensor] = shape }
    }
    return shapes
  }
}

extension Appendix {
  /// Appends the perturbed image and a second pass of the classifier on it. Returns the classifier's tensors
  /// in the second pass.
  mutating func perturbed(
    _ perturbation: PerturbedImage, _ tensors: [String], of classifier: Classifier, std: PixelScale
  ) throws -> [String] {
    let slope = try slope(of: classifier, temperature: perturbation.temperature)
    let size = Tensor(std.values.map { Float(perturbation.epsilon / $0) }, dims: std.dims)
    let image = Tensor(named: classifier.image.name) - slope.sign() * size
    return try secondPass(of: classifier, over: image, to: tensors)
  }

  /// Appends `T·∇_x CE(l/T, ŷ)` in the shape of the image.
  mutating func slope(of classifier: Classifier, temperature: Double) throws -> Tensor {
    try classifier.gradient().append(
      of: classifier.head.logits, cotangent: classifier.logitForm.lossGradient(temperature: temperature),
      to: &self)
  }
}

extension LogitTensor {
  /// `softmax(l/T) − onehot(ŷ)`, the gradient of the cross-entropy with respect to l/T, for this form of the
  /// logits. The gradient with respect to l differs only by a factor, which does not affect the sign.
  fileprivate func lossGradient(temperature: Double) -> Tensor {
    let isRow = dims.count == 1
    let logits = Tensor(named: tensor, rank: isRow ? 2 : nil)
    let scaled = (isRow ? logits : logits.reshaped([-1, classes])) / temperature
    let gradient = scaled.softmax(axis: 1) - scaled.isLargest(of: classes).cast(to: .float)
    return isRow ? gradient : gradient.reshaped([-1] + dims)
  }
}

/// The preprocessing's std of each channel, in a shape that broadcasts over images.
package struct PixelScale: Sendable {
  /// One value for each channel.
  package let values: [Double]
  /// [1, C, 1, 1] or [1, 1, 1, C]
  package let dims: [Int]
  package let layout: TensorLayout
  /// The range of values before the division by std: 1 or 255.
  package let range: Double

  package init(values: [Double], dims: [Int], layout: TensorLayout = .nchw, range: Double = 1) {
    (self.values, self.dims, self.layout, self.range) = (values, dims, layout, range)
  }

  /// The size of a step of one normalised value in the input.
  ///
  /// - Parameter share: the share of the values' range, used if values are not divided by a std.
  func normalisedUnit(unknown share: Double) -> Double { values.contains { $0 != 1 } ? 1 : share * range }
}

extension ResolvedPreprocessing {
  /// The divisor of a step in units of pixels.
  package var pixelScale: PixelScale {
    PixelScale(
      values: std, dims: layout == .nchw ? [1, std.count, 1, 1] : [1, 1, 1, std.count], layout: layout,
      range: 255 * rescaleFactor)
  }
}
