import Imaging
import NIOCore
import Oddity

extension ModelInputs {
  /// The images of an input: image files, preprocessed tensors, or decoded pictures of any size.
  ///
  /// - Throws: ``Problem`` 400 if the model does not take such an input, 413 if there are too many images or
  ///   pixels.
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
        "the pictures have \(width)×\(height) pixels, but this server reads at most \(limits.pixels): make "
          + "them smaller")
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
  /// The inputs as the metadata of a model lists them. A request sends one of them, and the first is the one
  /// that the model's file takes. Each has its own name. If the model's own input takes pictures, a parameter
  /// says so.
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

  /// What the client has to change, if its bytes are almost pictures.
  private func remedy(for input: InferenceInput) -> String? {
    guard input.datatype == .uint8, takesPictures(input.name) else { return nil }
    let shape = input.shape
    let hasPixels = !shape.contains(0)
    return switch (hasPixels, shape.count, shape.last) {
    case (true, 3, let last?) where [Int].pixelLengths.contains(last):
      ": add a first axis of length 1"
    case (true, 4, 4): ": convert the pictures to RGB, without alpha"
    case (true, 4, _) where [Int].pixelLengths.contains(shape[1]): ": move the channels to the end"
    default: nil
    }
  }
}

extension [Int] {
  /// Whether this is the shape of one or more images of the given shape.
  fileprivate func areImages(_ shape: [Int]) -> Bool {
    count == 4 && self[0] > 0 && Array(self[1...]) == shape
  }

  /// Whether this is a shape [N, height, width, 1 or 3].
  fileprivate var arePictures: Bool {
    count == 4 && allSatisfy { $0 > 0 } && Self.pixelLengths.contains(self[3])
  }
}

extension RandomAccessCollection where Index == Int {
  /// Splits the elements into rows of this length.
  fileprivate func rows(of length: Int) -> [[Element]] {
    stride(from: startIndex, to: endIndex, by: length).map { Array(self[$0..<$0 + length]) }
  }
}
