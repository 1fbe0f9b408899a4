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
    hasDoubles = double * Self.threeAndALittle .> double * 3
    // It depends on a pixel, so that no optimiser computes it in another precision beforehand.
    let pixel = pixels.reshaped([-1]).entries(at: Tensor([Int64(0)], dims: []), axis: 0).cast(to: .int32)
    // As the weights of an image are used, so that an engine treats both alike.
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

  /// Three in float32, and more in float64. ONNX Runtime would take one and a little for one, and leave the product out.
  private static let threeAndALittle = 3 + 0x1p-30
  /// The sum of so many products of two bytes is below 2²⁴, up to which float32 has every integer.
  private static let terms = 256
}

extension Tensor {
  /// This quotient of integers that are not negative, below 2¹⁵ and rounded down; of others the result is not used. Engines that
  /// divide them as float32 may be off by one, which the rest shows.
  func quotient(by divisor: Tensor) -> Tensor {
    let quotient = self / divisor
    let rest = self - quotient * divisor
    let tooSmall = (rest .< divisor).choose(quotient, else: quotient + 1)
    return (rest .< 0.0).choose(quotient - 1, else: tooSmall)
  }

  /// What is left of this integer after division by another; neither is negative.
  func remainder(by divisor: Tensor) -> Tensor { self - quotient(by: divisor) * divisor }

  static func scalar(_ value: Int) -> Tensor { Tensor(int32s: [Int32(value)], dims: []) }
  static func scalar(_ value: Double) -> Tensor { Tensor(doubles: [value], dims: []) }
}
