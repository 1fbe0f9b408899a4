import Imaging
import OddityScores
import ONNXGraph

/// What a guarded model's file takes in place of the classifier's input: pixels, uint8 [N, height, width, 3], red, green, blue, of
/// images of any size. Resize, crop and normalisation are nodes of the file.
///
/// Oddity cuts those nodes off when it reads the file, and writes them anew: in memory a guarded model is always the plain one.
enum RawInput {
  /// What the input is called.
  static let name = "image"
  /// What the classifier's own input is called in the file, now that nodes compute it.
  private static let inner = "\(Appendix.prefix)raw/input"

  /// The model as its file has it.
  static func written(
    _ plain: Model, input: String, preprocessing: ResolvedPreprocessing
  ) throws(GraphError) -> Model {
    let image = Tensor(named: name, type: .uint8, rank: 4)
    return try plain.replacingInput(
      input,
      by: Model.NewInput(
        name, type: .uint8, axes: [.free("height"), .free("width"), .fixed(3)], inner: inner, scope: "raw",
        value: PreprocessingNodes(preprocessing, of: image).input))
  }

  /// The plain model that a file was made of.
  ///
  /// - Throws: ``OddityError`` `.badModel` where a converter has left nothing of the seam.
  static func plain(_ written: Model, input: String, logits: String) throws -> Model {
    guard written.graph.contains(inner) else {
      throw OddityError(
        .badModel,
        "\(written.name) has lost the tensor '\(inner)', behind which its preprocessing ends: convert it in another way, or use "
          + "the file that Oddity wrote")
    }
    return try written.startingAt(inner, named: input, keeping: [logits])
  }
}

extension ResolvedPreprocessing {
  /// - Parameters:
  ///   - model: what the nodes go into.
  ///   - input: its image input.
  /// - Throws: ``OddityError`` `.badModel` where the model has a tensor of the input's name already, `.badData` where images are
  ///   prepared in a way that no nodes are made for.
  package func checkRawInput(of model: Model, input: String) throws(OddityError) {
    if input != RawInput.name, model.graph.contains(RawInput.name) {
      throw OddityError(
        .badModel,
        "\(model.name) has a tensor called '\(RawInput.name)', as \(.rawInput) calls the input of pixels: rename that tensor first"
      )
    }
    if model.graph.outputs.contains(where: { $0.name == input }) {
      throw OddityError(
        .badModel,
        "\(model.name) hands on its input '\(input)' as an output, which \(.rawInput) would change: remove that output first"
      )
    }
    if let share = centralShare?.max(), share > 1 {
      throw OddityError(
        .badData,
        "\(.rawInput) cannot cut out a part larger than the image ('central_share' \(share)): leave out \(.rawInput), or "
          + "take shares up to 1")
    }
    let sides = [resize?.smallestSize, crop, size].compactMap { $0 }.flatMap { [$0.height, $0.width] }
    if let longest = sides.max(), longest > RawImageLimits.side {
      throw OddityError(
        .badData,
        "\(.rawInput) takes images to \(RawImageLimits.side) pixels a side at most, not to \(longest): leave it out"
      )
    }
  }
}
