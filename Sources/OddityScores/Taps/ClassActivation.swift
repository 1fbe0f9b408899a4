import Imaging
import OddityClassifier
import ONNXGraph

/// The class activation map of the predicted class: the positions of the last map that support the class.
extension Appendix {
  /// Appends the image without the regions that support its predicted class, x∘(1 − M), and a second pass of
  /// the classifier on it.
  ///
  /// M is the class activation map of ŷ, `w_ŷ·F` at every position of the last map F (Zhou et al., CVPR
  /// 2016), scaled to 0…1 and enlarged bilinearly to the image. Positions are the centres of equal squares,
  /// and edges are repeated. M is 0 everywhere if the map is the same at all positions.
  ///
  /// - Returns: the classifier's tensors in the second pass.
  /// - Throws: ``OddityError`` `.usage` if the image or the map has no fixed height and width, or the
  ///   features are not the map's averages.
  mutating func masked(
    _ tensors: [String], of classifier: Classifier, std: PixelScale
  ) throws -> [String] {
    let sizes = try classifier.fixedImageSizes()
    let (height, width) = std.layout == .nchw ? (sizes[1], sizes[2]) : (sizes[0], sizes[1])
    let grid = try classifier.activationGrid()
    let activation = try classActivation(of: classifier, grid: grid).reshaped([-1, grid.height, grid.width])
    let enlarged = Tensor(Self.enlargement(from: grid.height, to: height), dims: [height, grid.height])
      .matmul(activation)
      .matmul(
        Tensor(Self.enlargement(from: grid.width, to: width), dims: [width, grid.width]).transposed([1, 0]))
    let mask = enlarged.reshaped(std.layout == .nchw ? [-1, 1, height, width] : [-1, height, width, 1])
    return try secondPass(of: classifier, over: classifier.singlePrecisionImage * (1 - mask), to: tensors)
  }

  /// The map of ŷ scaled to 0…1, [N, positions].
  ///
  /// The layers after the features are run at every position, and the logit of ŷ is taken. It therefore does
  /// not matter how the file stores W. The bias is the same everywhere, and disappears when the map is
  /// scaled.
  private mutating func classActivation(of classifier: Classifier, grid: ActivationGrid) throws -> Tensor {
    let form = classifier.logitForm
    let copied = try copy(
      of: classifier.engineModel, replacing: grid.features.tensor, with: grid.featuresOfPositions(),
      to: [form.tensor])
    let logits = form.rows(copied[0]).reshaped([-1, grid.height * grid.width, form.classes])
    let predicted = form.rows().isLargest(of: form.classes).cast(to: .float).reshaped([-1, form.classes, 1])
    let activation = appended(logits.matmul(predicted).reshaped([-1, grid.height * grid.width]))
    let least = activation.min(axes: [1], keep: true)
    let range = activation.max(axis: 1, keep: true) - least
    // Rounding does not count as a difference between positions.
    let differs = range .> activation.abs().max(axis: 1, keep: true) * 1e-5
    return (activation - least) / range.atLeast(1e-30) * differs.cast(to: .float)
  }

  /// Bilinear weights, [to, from].
  private static func enlargement(from count: Int, to size: Int) -> [Float] {
    (0..<size).flatMap { place -> [Float] in
      let centre = (Double(place) + 0.5) * Double(count) / Double(size) - 0.5
      let position = min(max(centre, 0), Double(count - 1))
      return (0..<count).map { Float(max(0, 1 - abs(position - Double($0)))) }
    }
  }
}

/// The last map of a classifier, whose averages are the features, as a grid of features.
private struct ActivationGrid {
  let map: LastMap
  let features: PenultimateFeatures
  let height: Int
  let width: Int

  /// The features at every position, in the form of an image's features in the graph: [N · positions, D], or
  /// another shape.
  func featuresOfPositions() -> Tensor {
    let places = map.layout == .channelsFirst ? map.tensor.transposed([0, 2, 3, 1]) : map.tensor
    let rows = places.reshaped([-1, map.channels])
    let inForm: Tensor
    if features.averagedAxes.isEmpty {
      inForm = rows.reshaped([-1] + features.dims)
    } else {
      // If the map is averaged after the layer of the head, all positions get the same values.
      let single = features.dims.indices.map {
        features.averagedAxes.contains($0 + 1) ? 1 : features.dims[$0]
      }
      let ones = zip(features.dims, single).map { $0 == $1 ? 1 : $0 }
      inForm =
        rows.reshaped([-1] + single)
        * Tensor(Array(repeating: Float(1), count: ones.reduce(1, *)), dims: [1] + ones)
    }
    return features.type == .float ? inForm : inForm.cast(to: features.type)
  }
}

extension Classifier {
  fileprivate func activationGrid() throws(OddityError) -> ActivationGrid {
    let pooled = try requirePooledFeatures()
    guard let features, let height = pooled.map.height, let width = pooled.map.width else {
      throw OddityError(
        .usage,
        "the pooled map '\(pooled.map.tensor)' of \(model.name) has no fixed height and width: a class activation map needs both"
      )
    }
    return ActivationGrid(map: try LastMap(self), features: features, height: height, width: width)
  }

  /// - Throws: the same errors as for a class activation map of it.
  func checkActivationGrid() throws(OddityError) { _ = try activationGrid() }
}
