import ONNXGraph

/// How exactly a runtime computes, found out while the graph runs.
///
/// ONNX Runtime computes float64 and int64 as they are. OpenVINO's CPU plug-in computes float64 as float32 and int64 as int32,
/// and on processors with native bfloat16 it multiplies matrices in that, unless it is told not to.
struct Arithmetic {
  /// Whether float64 has more digits than float32, bool.
  let hasDoubles: Tensor
  /// Whether products of bytes add up to the last digit, bool.
  let hasExactProducts: Tensor

  /// - Parameters:
  ///   - side: of the image, int32.
  ///   - pixels: uint8 [N, pixels, 3].
  init(side: Tensor, pixels: Tensor) {
    let double = side.cast(to: .double)
    hasDoubles = (double + Self.belowFloat32 - double) .> 0.0
    // It depends on a pixel, so that no optimiser computes it in another precision beforehand.
    let pixel = pixels.reshaped([-1]).entries(at: Tensor([Int64(0)], dims: []), axis: 0).cast(to: .int32)
    let factor = pixel.quotient(by: .scalar(2)) + 128
    let column =
      Tensor(Array(repeating: Float(1), count: Self.terms), dims: [Self.terms, 1])
      * factor.cast(to: .float).reshaped([1, 1])
    let row = Tensor(Array(repeating: Float(255), count: Self.terms - 1) + [1], dims: [1, Self.terms])
    let sum = row.matmul(column).cast(to: .int32).reshaped([])
    hasExactProducts = sum .== factor * Double(255 * (Self.terms - 1) + 1)
  }

  /// Too small beside an image's side for float32, and not for float64.
  private static let belowFloat32 = 0x1p-30
  /// So many products of two bytes are still below 2²⁴, where float32 ends to know every integer.
  private static let terms = 256
}

extension Tensor {
  /// This quotient of positive integers, rounded down. Engines that divide them as float32 may be off by one.
  func quotient(by divisor: Tensor) -> Tensor {
    let quotient = self / divisor
    let rest = self - quotient * divisor
    let tooSmall = (rest .< divisor).choose(quotient, else: quotient + 1)
    return (rest .< 0.0).choose(quotient - 1, else: tooSmall)
  }

  /// What is left of this positive integer after division by another.
  func remainder(by divisor: Tensor) -> Tensor { self - quotient(by: divisor) * divisor }

  static func scalar(_ value: Int) -> Tensor { Tensor(int32s: [Int32(value)], dims: []) }
  static func scalar(_ value: Double) -> Tensor { Tensor(doubles: [value], dims: []) }
}
