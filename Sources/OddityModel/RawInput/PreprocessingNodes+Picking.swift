import ONNXGraph

/// Preprocessing in which every pixel of the result is a pixel of the image.
extension PreprocessingNodes {
  var picked: Tensor {
    let rows = within(rowPlaces, target.height)
    let columns = within(columnPlaces, target.width)
    let fromRows = source(of: rows, input: cut.height, output: target.height)
    let fromColumns = source(of: columns, input: cut.width, output: target.width)
    let allowed = isAllowed .& fromRows.isCertain .& fromColumns.isCertain
    let index =
      origin + fromRows.pixels.reshaped([size.height, 1]) * whole.width
      + fromColumns.pixels.reshaped([1, size.width])
    let checked = index.flattened(to: size.height * size.width, failingUnless: allowed)
      .reshaped([size.height, size.width])
    return inChannels(pixels.entries(at: checked, axis: 1))
  }

  /// The pixels at positions of the resized side, and whether they are certain.
  private func source(
    of places: Tensor, input: Tensor, output: Tensor
  ) -> (pixels: Tensor, isCertain: Tensor) {
    guard preprocessing.resize != nil else { return (places, Tensor([true], dims: [])) }
    return arithmetic.nearest(to: places, input: input, output: output)
  }
}

extension Arithmetic {
  /// The pixels nearest to positions of a resized side, int32 [places], and whether they are certain, bool.
  ///
  /// Pillow adds up its steps in float64. Their rounding decides positions that lie in the middle between two
  /// pixels. Without float64 this rounding is unknown, unless every sum is exact.
  fileprivate func nearest(to places: Tensor, input: Tensor, output: Tensor) -> (
    pixels: Tensor, isCertain: Tensor
  ) {
    let scale = input.cast(to: .double) / output.cast(to: .double)
    let isFirst = Tensor.range(from: .scalar(0), to: output) .== .scalar(0)
    let steps = isFirst.choose(scale * 0.5, else: scale)
    let summed = steps.cumulativeSum(axis: 0).rows(at: places).cast(to: .int32)
    let twice = (places * 2 + 1) * input
    let exact = twice.quotient(by: output * 2)
    let isBetween = (exact * output * 2 .== twice).cast(to: .int32).max(axes: [0]) .> 0.0
    let sumsAreExact = (input.remainder(by: output) * Double(1 << 15)).remainder(by: output) .== .scalar(0)
    return (
      hasDoubles.choose(summed, else: exact).smaller(of: input - 1),
      hasDoubles .| sumsAreExact .| .!isBetween
    )
  }
}
