import Testing

@testable import OddityClassifier

/// What a convolution costs, counted by hand.
struct MultiplyAccumulatesTests {
  /// 8 maps of 16×16, each number a sum over 3×3 numbers of 3 maps.
  @Test func convolutionSumsForEachNumberThatItWrites() {
    let sums = MultiplyAccumulates.ofConvolution(
      "Conv", weights: [8, 3, 3, 3], read: 3 * 16 * 16, written: 8 * 16 * 16)
    #expect(sums == Double(8 * 16 * 16 * 27))
  }

  /// 8 maps of 16×16 become 4 of 32×32: each number is spread over 2×2 numbers of 4 maps.
  @Test func transposedConvolutionSpreadsEachNumberThatItReads() {
    let sums = MultiplyAccumulates.ofConvolution(
      "ConvTranspose", weights: [8, 4, 2, 2], read: 8 * 16 * 16, written: 4 * 32 * 32)
    #expect(sums == Double(8 * 16 * 16 * 16))
  }
}
