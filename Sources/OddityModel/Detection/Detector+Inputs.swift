import Imaging
import Engines

extension Detector {
  /// An image that is decoded and preprocessed: one row of a batch that a caller puts together itself.
  public struct Input: Sendable {
    fileprivate let item: ImageItem
    /// Of the preprocessing's sample shape.
    fileprivate let values: [Float]
    fileprivate let isFinite: Bool
  }

  /// What a batch gives: what ``score(_:selecting:consume:)`` says of each image, and the logits.
  public struct Answer: Sendable {
    public let image: ScoredImage
    /// One for each class.
    public let logits: [Float]
  }

  /// Decodes and preprocesses an image.
  ///
  /// - Parameters:
  ///   - name: what errors and the answer call it.
  ///   - maximumPixels: images with more are refused before they are decoded.
  /// - Throws: the decoder's errors; `badSource` for a tensor of another shape than the model's; `badPreprocessing` for a picture
  ///   where the model was fitted on arrays alone and nothing tells how pictures become such values.
  public func input(
    _ image: EncodedImage, name: String, maximumPixels: Int = DecodingOptions.defaultMaximumPixels
  ) throws(ImagingError) -> Input {
    if let refusal = guarded.metadata.refusalOfPictures, !image.isTensor { throw refusal }
    let preprocessing = guarded.metadata.preprocessing
    var values = [Float](repeating: 0, count: preprocessing.sampleCount)
    try values.withUnsafeMutableBufferPointer { place throws(ImagingError) in
      try preprocessing.apply(image, into: place, maximumPixels: maximumPixels)
    }
    return Input(item: ImageItem(named: name), values: values, isFinite: image.isFinite)
  }

  /// Scores the images of one batch, in their order.
  ///
  /// - Parameter inputs: at least one; a network with a fixed batch takes as many at most.
  /// - Throws: the engine's errors.
  public func score(_ inputs: [Input]) async throws -> [Answer] {
    let batch = batch(of: inputs)
    let outputs = try await outputs(of: batch)
    let classes = guarded.metadata.classes
    return zip(scoredImages(batch, outputs), inputs.indices).map { image, row in
      Answer(image: image, logits: Array(outputs.logits[row * classes..<(row + 1) * classes]))
    }
  }

  func batch(of inputs: [Input]) -> ImageBatch {
    var values: [Float] = []
    values.reserveCapacity(inputs.count * guarded.metadata.preprocessing.sampleCount)
    for input in inputs { values += input.values }
    return ImageBatch(
      items: inputs.map(\.item), values: values, contentHashes: [],
      nonFinite: Set(inputs.indices.filter { !inputs[$0].isFinite }))
  }
}
