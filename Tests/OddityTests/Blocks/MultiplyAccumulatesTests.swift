import Testing

@testable import OddityClassifier

/// The cost of a convolution, counted by hand.
struct MultiplyAccumulatesTests {
  /// 8 maps of 16×16. Each number is a sum over 3×3 numbers of 3 maps.
  @Test func convolutionSumsForEachNumberThatItWrites() {
    let sums = MultiplyAccumulates.ofConvolution(
      "Conv", weights: [8, 3, 3, 3], read: 3 * 16 * 16, written: 8 * 16 * 16)
    #expect(sums == Double(8 * 16 * 16 * 27))
  }

  /// 8 maps of 16×16 become 4 maps of 32×32. Each number is distributed over 2×2 numbers of 4 maps.
  @Test func transposedConvolutionSpreadsEachNumberThatItReads() {
    let sums = MultiplyAccumulates.ofConvolution(
      "ConvTranspose", weights: [8, 4, 2, 2], read: 8 * 16 * 16, written: 4 * 32 * 32)
    #expect(sums == Double(8 * 16 * 16 * 16))
  }
}
