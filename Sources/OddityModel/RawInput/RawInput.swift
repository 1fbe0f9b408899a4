import Imaging
import OddityScores
import ONNXGraph

/// Makes files of guarded models that take pixels instead of the classifier's input: uint8 [N, height, width,
/// 3], red, green, blue, of images of any size. Resize, crop and normalisation are nodes of the file.
///
/// When Oddity reads such a file, it removes those nodes, and writes them again later. In memory a guarded
/// model is always the plain one.
package enum RawInput {
  /// The name of the input.
  package static let name = "image"
  /// The longest side of images before and after the resize. Products of two sides must fit into int32, in
  /// which OpenVINO computes int64.
  static let longestSide = 32_767
  /// The name of the classifier's own input in the file, which nodes now compute.
  fileprivate static let inner = "\(Appendix.prefix)\(scope)/input"
  private static let scope = "raw"

  /// The model as it is in its file.
  static func written(
    _ plain: Model, input: String, preprocessing: ResolvedPreprocessing
  ) throws(GraphError) -> Model {
    let image = Tensor(named: name, type: .uint8, rank: 4)
    let type =
      plain.graph.inputs.first { $0.name == input }?.elementType ?? preprocessing.inputType.elementType
    return try plain.replacingInput(
      input,
      by: Model.NewInput(
        // Classifiers often name their own axes height and width, and axes of the same name must have the
        // same length.
        name, type: .uint8, axes: [.free("image_height"), .free("image_width"), .fixed(3)], inner: inner,
        scope: scope,
        value: PreprocessingNodes(preprocessing, of: image, as: type).input))
  }

  /// The plain model that a file was made from.
  ///
  /// - Throws: ``OddityError`` `.badModel` if a converter has removed the boundary between the two.
  static func plain(
    _ written: Model, input: String, logits: String, preprocessing: ResolvedPreprocessing
  ) throws -> Model {
    guard written.graph.contains(inner) else {
      throw OddityError(
        .badModel,
        "\(written.name) has lost the tensor '\(inner)', the result of its preprocessing, as happens in "
          + "quantisation: convert the model without \(.rawInput), then add it again with \(.from)")
    }
    return try written.startingAt(
      inner, named: input, type: preprocessing.inputType.elementType, shape: preprocessing.sampleShape,
      scope: "\(Appendix.prefix)\(scope)/", keeping: [logits])
  }
}

extension ResolvedPreprocessing {
  /// - Parameters:
  ///   - model: the model to add the nodes to.
  ///   - input: its image input.
  /// - Throws: ``OddityError`` `.badModel` if the model has a tensor with a reserved name, or returns its
  ///   input as an output; `.badData` if the preprocessing cannot be expressed as nodes.
  package func checkRawInput(of model: Model, input: String) throws {
    let names = [RawInput.name, RawInput.inner].filter { $0 != input }
    if let name = try model.firstTaken(among: names) {
      throw OddityError(
        .badModel,
        "\(model.name) has a tensor called '\(name)', a name that \(.rawInput) needs: rename that tensor "
          + "first"
      )
    }
    if model.graph.outputs.contains(where: { $0.name == input }) {
      throw OddityError(
        .badModel,
        "\(model.name) returns its input '\(input)' as an output, which \(.rawInput) would change: remove "
          + "that output first"
      )
    }
    if let share = centralShare?.max(), share > 1 {
      throw OddityError(
        .badData,
        "\(.rawInput) cannot cut out a part larger than the image ('central_share' \(share)): leave out \(.rawInput), or "
          + "take shares up to 1")
    }
    let sides = [resize?.smallestSize, crop, size].compactMap { $0 }.flatMap { [$0.height, $0.width] }
    if let longest = sides.max(), longest > RawInput.longestSide {
      throw OddityError(
        .badData,
        "\(.rawInput) works up to \(RawInput.longestSide) pixels a side, and the preprocessing has \(longest): leave out \(.rawInput), or "
          + "take smaller sizes")
    }
  }
}
