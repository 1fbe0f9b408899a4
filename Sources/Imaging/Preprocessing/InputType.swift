/// The element type of a model's image input.
public enum InputType: String, Codable, Sendable, CaseIterable {
  case float16, float32, float64
  case uint8, int8, int32, int64

  /// The whole numbers that it holds, as far as float32 tells them apart; nil for floating-point types.
  public var integers: ClosedRange<Float>? {
    switch self {
    case .float16, .float32, .float64: nil
    case .uint8: 0...255
    case .int8: -128...127
    case .int32: -0x8000_0000...0x7FFF_FF80
    case .int64: -0x8000_0000_0000_0000...0x7FFF_FF80_0000_0000
    }
  }

  /// The first of some values that it cannot hold exactly, and that are no rounding of a real number.
  func misfit(among values: some Sequence<Float>) -> Float? {
    guard let integers else { return nil }
    return values.first { !integers.contains($0) || $0 != $0.rounded() }
  }
}
