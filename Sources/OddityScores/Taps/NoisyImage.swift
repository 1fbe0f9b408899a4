import ONNXGraph
import OddityClassifier

/// An image with fixed noise: ε with a random sign is added to a random share of its values, the same values
/// in all images.
package struct NoisyImage: Hashable, Sendable {
  /// ε, in units of normalised values.
  let epsilon: Double
  /// The share of the image's values that change.
  let share: Double
  let seed: UInt64

  /// The size of a normalised unit, as a share of the range of pixel values, if the normalisation is unknown.
  /// The standard deviation of photographs is about a quarter of their range.
  static let usualDeviation = 0.25

  /// The amount added to each value, in units of ε. The first `round(share · count)` positions of a seeded
  /// permutation get a sign each, from the lowest bit of a draw.
  func signs(count: Int) -> [Float] {
    var generator = SplitMix64(seed: seed)
    let places = generator.nextPermutation(count: count).prefix(
      Int((share * Double(count)).rounded(.toNearestOrEven)))
    var signs = Array(repeating: Float.zero, count: count)
    for place in places { signs[place] = generator.next() & 1 == 0 ? 1 : -1 }
    return signs
  }

  /// Its part in the names of taps.
  var name: String { "\(epsilon)/\(share)/\(seed)" }
}

extension Appendix {
  /// Appends the noisy image and a second pass of the classifier on it. Returns the classifier's tensors
  /// there.
  ///
  /// - Throws: ``OddityError`` `.usage` if images have no fixed size, as
  ///   ``Classifier/fixedImageSizes(for:)``.
  mutating func noisy(
    _ noise: NoisyImage, _ tensors: [String], of classifier: Classifier, std: PixelScale
  ) throws -> [String] {
    let sizes = try classifier.fixedImageSizes()
    let size = noise.epsilon * std.normalisedUnit(unknown: NoisyImage.usualDeviation)
    let signs = noise.signs(count: sizes.reduce(1, *)).map { $0 * Float(size) }
    return try secondPass(
      of: classifier, over: classifier.singlePrecisionImage + Tensor(signs, dims: [1] + sizes), to: tensors)
  }

  /// Appends a second pass of the classifier.
  ///
  /// - Parameter image: in single precision.
  /// - Returns: the classifier's tensors in the second pass.
  mutating func secondPass(
    of classifier: Classifier, over image: Tensor, to tensors: [String]
  ) throws -> [String] {
    let type = classifier.image.elementType
    return try copy(
      of: classifier.engineModel, replacing: classifier.image.name,
      with: type == .float ? image : image.cast(to: type), to: tensors)
  }
}

extension Classifier {
  /// The image in its graph, in single precision.
  var singlePrecisionImage: Tensor {
    let own = Tensor(named: image.name, type: image.elementType, rank: 4)
    return image.elementType == .float ? own : own.cast(to: .float)
  }

  /// The sizes of the image without the batch.
  ///
  /// - Throws: ``OddityError`` `.usage` if a size is dynamic, or if the input takes whole numbers, because
  ///   the image cannot be changed then.
  func fixedImageSizes() throws(OddityError) -> [Int] {
    guard try inputType.integers == nil else {
      throw OddityError(
        .usage,
        "the input '\(image.name)' of \(model.name) takes whole numbers, so Oddity cannot change the image: "
          + "choose a score without a second pass")
    }
    let sizes = (image.shape ?? []).dropFirst().compactMap { $0 }
    guard sizes.count == 3 else {
      throw OddityError(
        .usage,
        "the input '\(image.name)' of \(model.name) takes images of any size, but a second pass needs a "
          + "fixed size: export the network with a fixed height and width, or choose a score without a "
          + "second pass")
    }
    return sizes
  }
}
