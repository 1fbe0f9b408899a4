import Imaging
import NIOCore
import Oddity

/// The inputs by which a model takes images in the Open Inference Protocol. A request has one of them.
struct ModelInputs: Sendable {
  /// What image files are called.
  static let files = "encoded_images"
  /// What decoded pictures are called, as the input of a guarded file that takes raw pixels is.
  static let pictures = "image"

  /// What messages call the model.
  let model: String
  /// The name of the model's own input, which takes preprocessed images.
  let own: String
  let preprocessing: ResolvedPreprocessing
  /// Whether the model's file takes pixels in place of its own input, under the name of pictures.
  let takesPixels: Bool
  /// Whether the model's own name stands for pictures too. A network that takes bytes [N, height, width, 3] reads pictures of its
  /// own size as preprocessed; where they are not, those of other sizes would be read in another way.
  private let ownTakesPictures: Bool
  /// Whether the model's own input has lost its name to the pixels that its file takes: bytes of that name are these.
  private let ownIsPixels: Bool

  init(model: String, own: String, preprocessing: ResolvedPreprocessing, takesPixels: Bool) {
    (self.model, self.own) = (model, own)
    (self.preprocessing, self.takesPixels) = (preprocessing, takesPixels)
    let takesSuchBytes =
      preprocessing.inputType.integers != nil && [Int].pixelLengths.contains(preprocessing.sampleShape[2])
    ownIsPixels = takesPixels && own == Self.pictures
    ownTakesPictures = ownIsPixels || !takesSuchBytes || preprocessing.keepsPictures
  }

  /// The images of an input: image files, preprocessed tensors, or decoded pictures of any size.
  ///
  /// - Throws: ``Problem`` 400 where the model takes no such input, 413 where there are too many images or pixels.
  func images(of input: InferenceInput, within limits: ServerLimits) throws(Problem) -> [EncodedImage] {
    if input.name == Self.files, case .files(let files) = input.values, !files.isEmpty {
      try limits.check(images: files.count)
      return files.enumerated().map { .bytes($1, name: "image \($0)") }
    }
    if input.name == own, input.shape.areImages(preprocessing.sampleShape),
      !(ownIsPixels && input.datatype == .uint8),
      let values = input.numbers(for: preprocessing.inputType)
    {
      try limits.check(images: input.shape[0])
      return values.rows(of: preprocessing.sampleCount).map { .tensor($0, shape: preprocessing.sampleShape) }
    }
    if takesPictures(input.name), input.shape.arePictures, case .bytes(let samples) = input.values {
      try limits.check(images: input.shape[0])
      return try pictures(samples, input.shape, limits)
    }
    throw refusal(of: input)
  }

  private func pictures(
    _ samples: ByteBufferView, _ shape: [Int], _ limits: ServerLimits
  ) throws(Problem) -> [EncodedImage] {
    let (height, width, channels) = (shape[1], shape[2], shape[3])
    guard width <= limits.pixels / height else {
      throw Problem(
        .contentTooLarge,
        "the pictures have \(width)×\(height) pixels; at most \(limits.pixels) are read. Make them smaller")
    }
    return samples.rows(of: height * width * channels).map {
      .pixels(PixelImage(width: width, height: height, channels: channels, pixels: $0))
    }
  }

  private func takesPictures(_ name: String) -> Bool {
    name == own ? ownTakesPictures : name == Self.pictures
  }
}

extension ModelInputs {
  /// As the metadata of a model lists them: one of them is sent, and the first is what its file takes. Each has a name of its
  /// own; where the model's own is that of pictures, a parameter tells of them.
  var json: JSONValue {
    let tensor = ModelFacts.tensor(
      own, InferenceInput.datatype(of: preprocessing.inputType), [-1] + preprocessing.sampleShape)
    let files = ModelFacts.tensor(Self.files, "BYTES", [-1])
    let pictures = ModelFacts.tensor(Self.pictures, "UINT8", [-1, -1, -1, 3])
    if takesPixels { return .array([pictures, files] + (ownIsPixels ? [] : [tensor])) }
    guard own == Self.pictures else { return [tensor, files, pictures] }
    let note: JSONValue = ["parameters": ["pictures": .string(Self.pictureForm)]]
    return [takesPictures(own) ? tensor.with(note) : tensor, files]
  }

  private static let pictureForm = "UINT8, [N, height, width, 3]"

  private func refusal(of input: InferenceInput) -> Problem {
    let sides = preprocessing.sampleShape.map(String.init).joined(separator: ", ")
    let type = InferenceInput.datatype(of: preprocessing.inputType)
    let pictures = "'\(Self.pictures)' (\(Self.pictureForm), RGB pixels)"
    let tensor = "'\(own)' (\(type), [N, \(sides)], preprocessed)"
    let forms = (ownIsPixels ? [] : [tensor]) + (takesPictures(Self.pictures) ? [pictures] : [])
    return Problem(
      .badRequest,
      "\(model) takes \(forms.joined(separator: ", ")) or '\(Self.files)' (BYTES, [N], image files), not "
        + "'\(input.name)' (\(input.datatype.rawValue), \(input.shape))" + (remedy(for: input) ?? ""))
  }

  /// What makes pictures of bytes that are almost such.
  private func remedy(for input: InferenceInput) -> String? {
    guard input.datatype == .uint8, takesPictures(input.name) else { return nil }
    let shape = input.shape
    let hasPixels = !shape.contains(0)
    return switch (hasPixels, shape.count, shape.last) {
    case (true, 3, let last?) where [Int].pixelLengths.contains(last):
      ": put an axis of length 1 before the others"
    case (true, 4, 4): ": convert the pictures to RGB, without alpha"
    case (true, 4, _) where [Int].pixelLengths.contains(shape[1]): ": move the channels to the end"
    default: nil
    }
  }
}

extension ResolvedPreprocessing {
  /// Whether pictures of the model's size reach a model [N, height, width, channels] as the bytes that they are.
  fileprivate var keepsPictures: Bool {
    let bytes = (0..<sampleCount).map { UInt8(truncatingIfNeeded: ($0 &* 0x9E37_79B1) >> 16) }
    let noise = PixelImage(width: size.width, height: size.height, channels: channels.count, pixels: bytes)
    var values = [Float](repeating: 0, count: sampleCount)
    let isTaken = values.withUnsafeMutableBufferPointer { place in (try? apply(noise, into: place)) != nil }
    return isTaken && values == bytes.map { Float($0) }
      && valueTables.allSatisfy { $0 == (0...255).map { Float($0) } }
  }
}

extension [Int] {
  /// The samples of a pixel: grey, or red, green and blue.
  fileprivate static let pixelLengths = [1, 3]

  /// Whether it is the shape of some images of one shape.
  fileprivate func areImages(_ shape: [Int]) -> Bool {
    count == 4 && self[0] > 0 && Array(self[1...]) == shape
  }

  /// Whether it is a shape [N, height, width, 1 or 3].
  fileprivate var arePictures: Bool {
    count == 4 && allSatisfy { $0 > 0 } && Self.pixelLengths.contains(self[3])
  }
}

extension RandomAccessCollection where Index == Int {
  /// The elements, so many in each row.
  fileprivate func rows(of length: Int) -> [[Element]] {
    stride(from: startIndex, to: endIndex, by: length).map { Array(self[$0..<$0 + length]) }
  }
}
