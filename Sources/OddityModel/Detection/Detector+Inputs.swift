import Imaging
import Engines

extension Detector {
  /// A decoded and preprocessed image: one row of a batch that the caller composes.
  public struct Input: Sendable {
    fileprivate let item: ImageItem
    /// In the sample shape of the preprocessing.
    fileprivate let values: [Float]
    fileprivate let isFinite: Bool
  }

  /// The result of an image in a batch: that of ``score(_:selecting:consume:)``, and the logits.
  public struct Answer: Sendable {
    public let image: ScoredImage
    /// One logit for each class.
    public let logits: [Float]
  }

  /// Decodes and preprocesses an image.
  ///
  /// - Parameters:
  ///   - name: the name of the image in errors and in the answer.
  ///   - maximumPixels: images with more pixels are refused before they are decoded.
  /// - Throws: the decoder's errors; `badSource` for a tensor of another shape than the model's;
  ///   `badPreprocessing` for a picture if the model was fitted only on arrays, so that Oddity does not know
  ///   how pictures become such values.
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
  /// - Parameter inputs: at least one. A network with a fixed batch size takes at most that many.
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
