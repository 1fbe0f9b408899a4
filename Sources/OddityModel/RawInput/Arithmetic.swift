import ONNXGraph

/// How exactly a runtime computes, measured while the graph runs.
///
/// ONNX Runtime computes float64 and int64 exactly as such. OpenVINO's CPU plug-in computes float64 as
/// float32 and int64 as int32. On processors with native bfloat16 it also multiplies matrices in bfloat16 by
/// default.
struct Arithmetic {
  /// Whether float64 has more digits than float32, bool.
  let hasDoubles: Tensor
  /// Whether sums of products of bytes are exact, bool.
  let hasExactProducts: Tensor

  /// - Parameters:
  ///   - side: a side of the image, int32.
  ///   - pixels: uint8 [N, pixels, 3].
  init(side: Tensor, pixels: Tensor) {
    let double = side.cast(to: .double)
    hasDoubles = double * Self.threeAndALittle .> double * 3
    // It depends on a pixel, so that an optimiser cannot compute it beforehand in another precision.
    let pixel = pixels.reshaped([-1]).entries(at: Tensor([Int64(0)], dims: []), axis: 0).cast(to: .int32)
    // Used in the same way as the weights of an image, so that an engine treats both alike.
    let (side, terms) = (ResamplingNodes.block, Self.terms)
    let factors =
      Tensor(int32s: (0..<Int32(side)).map { 112 + $0 }, dims: [1, 1, side]) + pixel.quotient(by: .scalar(2))
    let columns =
      Tensor(Array(repeating: Float(1), count: terms), dims: [1, terms, 1]) * factors.cast(to: .float)
    let row = Array(repeating: Float(255), count: terms - 1) + [1]
    let rows = Tensor(row + Array(repeating: 0, count: (side - 1) * terms), dims: [1, side, terms])
    let sums = rows.matmul(columns)
    let sum = (sums.slice(0..<1, axis: 1) * 0x1p-8).floor() * 0x1p8 + sums.slice(1..<2, axis: 1).floor()
    let expected = (factors * Double(255 * (terms - 1) + 1)).quotient(by: .scalar(256)) * 256
    hasExactProducts =
      (sum.cast(to: .int32) - expected).abs().max(axes: [0, 1, 2]) .< 1.0
  }

  /// Equal to three in float32, and larger in float64. With a constant close to one, ONNX Runtime would omit
  /// the product.
  private static let threeAndALittle = 3 + 0x1p-30
  /// The sum of this many products of two bytes is below 2²⁴. Up to there, float32 represents every integer.
  private static let terms = 256
}

extension Tensor {
  /// The quotient, rounded down, of non-negative integers below 2¹⁵. For other integers the result is not
  /// used. Engines that divide them as float32 may be off by one, which the remainder reveals.
  func quotient(by divisor: Tensor) -> Tensor {
    let quotient = self / divisor
    let rest = self - quotient * divisor
    let tooSmall = (rest .< divisor).choose(quotient, else: quotient + 1)
    return (rest .< 0.0).choose(quotient - 1, else: tooSmall)
  }

  /// The remainder of this integer after division by another. Neither is negative.
  func remainder(by divisor: Tensor) -> Tensor { self - quotient(by: divisor) * divisor }

  static func scalar(_ value: Int) -> Tensor { Tensor(int32s: [Int32(value)], dims: []) }
  static func scalar(_ value: Double) -> Tensor { Tensor(doubles: [value], dims: []) }
}
