import Imaging
import ONNXGraph

/// Preprocessing in which pixels are weighted sums of the image's pixels.
extension PreprocessingNodes {
  var resampled: Tensor {
    let sides = self.sides
    let first = ResamplingNodes(sides.first, preprocessing.interpolation, arithmetic)
    let second = ResamplingNodes(sides.second, preprocessing.interpolation, arithmetic)
    let others = Tensor.range(from: second.first, to: second.end)
    let index =
      origin + first.samples.reshaped([first.blocks, -1, 1]) * sides.first.step + others * sides.second.step
    let gathered = inChannels(pixels.entries(at: index, axis: 1).cast(to: .float))
    let wanted = sides.first.wanted
    let once = first.resize(gathered.reshaped([0, 0, 0, -1]), others: -1)
      .reshaped([0, wanted, -1, channels]).transposed([0, 2, 1, 3]).reshaped([0, -1, wanted * channels])
    let twice = second.resize(
      once.entries(at: second.samples - second.first, axis: 1), others: wanted * channels)
    var allowed = isAllowed .& arithmetic.hasExactProducts .& first.isExact .& second.isExact
    // A box filter weighs a sample at its edge fully or not at all. Only float64 can decide which.
    if preprocessing.interpolation == .box { allowed = allowed .& arithmetic.hasDoubles }
    let order = self.order(wanted).flattened(to: size.height * size.width, failingUnless: allowed)
    return twice.reshaped([0, wanted * wanted, channels])
      .entries(at: order.reshaped([size.height, size.width]), axis: 1)
  }

  /// Whether columns are resized first, bool. Pillow resizes lines first, unless the height loses more than
  /// twice as many pixels as the width (``Resampler/resize(_:width:height:interpolation:window:)``).
  private var startsWithColumns: Tensor {
    let (lostRows, lostColumns) = (cut.height - target.height, cut.width - target.width)
    return (lostRows .> 0.0) .& (lostRows .> lostColumns * 2)
  }

  /// The sides in the order in which they are resized. Both have as many wanted positions as the longer one.
  private var sides: (first: SideNodes, second: SideNodes) {
    let wanted = max(size.height, size.width)
    func padded(_ places: Tensor, _ count: Int, _ side: Tensor) -> Tensor {
      within(places, side).rows(at: Tensor((0..<wanted).map { min($0, count - 1) }))
    }
    let columns = SideNodes(
      input: cut.width, output: target.width, places: padded(columnPlaces, size.width, target.width),
      step: .scalar(1), wanted: wanted)
    let rows = SideNodes(
      input: cut.height, output: target.height, places: padded(rowPlaces, size.height, target.height),
      step: whole.width, wanted: wanted)
    return (
      columns.otherwise(rows, where: startsWithColumns), rows.otherwise(columns, where: startsWithColumns)
    )
  }

  /// The position of each pixel of the result among `wanted` × `wanted`, whose lines belong to the side that
  /// was resized last.
  private func order(_ wanted: Int) -> Tensor {
    let (near, far) = (Tensor.scalar(1), Tensor.scalar(wanted))
    let rows = count(size.height).reshaped([size.height, 1]) * startsWithColumns.choose(near, else: far)
    let columns = count(size.width).reshaped([1, size.width]) * startsWithColumns.choose(far, else: near)
    return rows + columns
  }
}
