/// A height and a width. In JSON it is [height, width], or one integer for a square.
public struct ImageSize: Sendable, Equatable, Codable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The allowed length of a side of a resized image, a crop, or a model's input, in pixels.
  static let allowedSides = 1...65_535

  var isAllowed: Bool { Self.allowedSides.contains(height) && Self.allowedSides.contains(width) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let square = (try? container.decode(Int.self)).map { [$0, $0] }
    let sides = try square ?? container.decode([Int].self)
    guard sides.count == 2 else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not [height, width]")
    }
    self.init(height: sides[0], width: sides[1])
  }

  public func encode(to encoder: any Encoder) throws {
    try [height, width].encode(to: encoder)
  }
}

/// The order of a batch's axes.
public enum TensorLayout: String, Codable, Sendable, CaseIterable {
  case nchw = "NCHW"
  case nhwc = "NHWC"
}

/// How a centred crop is positioned if the number of remaining pixels is odd.
public enum CropRounding: String, Codable, Sendable, CaseIterable {
  /// Half of them, rounded to the even number, as in torchvision's `center_crop`.
  case even
  /// Half of them, rounded down, as in Hugging Face's processors.
  case down
}

/// The element type of a model's image input.
public enum InputType: String, Codable, Sendable, CaseIterable {
  case float16, float32, float64
  case uint8, int8, int32, int64

  /// The whole numbers that it holds, as far as float32 can distinguish them; nil for floating-point types.
  package var integers: ClosedRange<Float>? {
    switch self {
    case .float16, .float32, .float64: nil
    case .uint8: 0...255
    case .int8: -128...127
    case .int32: -0x8000_0000...0x7FFF_FF80
    case .int64: -0x8000_0000_0000_0000...0x7FFF_FF80_0000_0000
    }
  }

  /// The first value that the type cannot hold exactly, and that is not just a rounded real number.
  func misfit(among values: some Sequence<Float>) -> Float? {
    guard let integers else { return nil }
    return values.first { !integers.contains($0) || $0 != $0.rounded() }
  }
}
