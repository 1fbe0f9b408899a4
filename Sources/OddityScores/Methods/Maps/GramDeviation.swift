import OddityClassifier
import ONNXGraph

/// `−Σ_b δ_b/E[δ_b]` over blocks b. δ_b sums, over powers and channels, how far the row sums v of the block's
/// Gram matrices are outside of their range on images predicted as the same class, `relu(min − v)/|min + ε| +
/// relu(v − max)/|max + ε|` (Sastry & Oore, *Detecting Out-of-Distribution Examples with Gram Matrices*, ICML
/// 2020).
///
/// The ranges are those of the fit part. A class without images uses the range of all images. Numbers that
/// are the same on all images are left out. E is a mean over images outside of the fit part, at least a
/// thousandth of the largest block's. ε = 1e-6·M², where M is the largest absolute value of the block's map
/// on the fit part, because the authors' ε is relative to such units.
struct GramDeviation: Score {
  static let description = ScoreDescription(
    name: "gram",
    summary: "how far correlations of channels lie outside their range for the predicted class, over blocks",
    paper: "Sastry & Oore, ICML 2020",
    fits: "ranges by predicted class, each block's mean deviation on the select part",
    cost: "a few passes over each block's map, and tables of ten numbers for each channel and class",
    sign: .negative,
    parameters: [blocks])
  private static let blocks = Parameter<Int?>(
    "blocks", "how many of the last blocks", default: "as many as keep the tables below 256 MB")

  let statistics: Set<FitStatistic> = [.gramRanges]

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits, Self.tap(parameters)] }

  private static func tap(_ parameters: ScoreParameters) -> Tap {
    .gramSums(GramMatrices(last: parameters[blocks]))
  }

  func fitted(to data: FitData) throws -> FittedScore {
    let tap = Self.tap(data.parameters)
    guard let ranges = data.statistics.gramRanges, ranges.counts.contains(where: { $0 > 0 }) else {
      throw OddityError(.badData, "gram cannot learn, because the fit part has no image: pass more images")
    }
    let deviation = try GramRanges(ranges)
    let rows = data.wideSelect.values(tap)
    let weights = try deviation.weights(rows: rows, predicted: data.wideSelect.predicted)
    let width = ranges.width
    return FittedScore([
      "blocks": .number(Double(ranges.segments.count)), "numbers": .number(Double(weights.count { $0 > 0 })),
      "images_of_weights": .number(Double(data.wideSelect.count)),
    ]) { x in
      let values = x[tap]
      let least = x.rowOfPredictedClass(deviation.minima, width: width)
      let largest = x.rowOfPredictedClass(deviation.maxima, width: width)
      let offset = Tensor(deviation.offsets, dims: [1, width])
      let below = (least - values).relu() / (least + offset).abs().atLeast(GramRanges.leastDivisor)
      let above = (values - largest).relu() / (largest + offset).abs().atLeast(GramRanges.leastDivisor)
      return -((below + above) * Tensor(weights, dims: [1, width])).sum(axis: 1)
    }
  }
}

/// The ranges of all numbers by class, and the scale of deviations from them.
private struct GramRanges {
  let segments: [Int]
  /// [C, width]
  let minima: [Float]
  let maxima: [Float]
  /// ε of each number, [width].
  let offsets: [Float]
  /// Whether a number counts, [width].
  private let counts: [Bool]

  static let leastDivisor = 1e-30
  private static let epsilon: Float = 1e-6
  private static let leastShare = 1e-3

  /// - Throws: ``OddityError`` `.badData` if every number is the same on all images.
  init(_ ranges: ClassRanges) throws(OddityError) {
    segments = ranges.segments
    (minima, maxima) = ranges.filled()
    let all = ranges.overall
    var offsets: [Float] = []
    var counts: [Bool] = []
    for segment in segments {
      let end = offsets.count + segment - 1
      // The last number of a block is the largest absolute value of its map.
      let size = all.maxima[end] > 0 ? all.maxima[end] : 1
      counts += (offsets.count..<end).map { all.minima[$0] < all.maxima[$0] } + [false]
      offsets += Array(repeating: Self.epsilon * size * size, count: segment)
    }
    (self.offsets, self.counts) = (offsets, counts)
    guard counts.contains(true) else {
      throw OddityError(
        .badData,
        "gram: the blocks' maps are the same on all images of the fit part, so they have no range: pass more "
          + "and different images with \(.inDistribution), or check that \(.preprocessing) fits the "
          + "classifier")
    }
  }

  /// 1/E[δ_b] for each number of block b that counts, and 0 for others; [width].
  ///
  /// - Parameters:
  ///   - rows: of images outside the fit part, row after row.
  ///   - predicted: their classes.
  /// - Throws: ``OddityError`` `.badData` if there are no images.
  func weights(rows: [Float], predicted: [Int]) throws(OddityError) -> [Float] {
    guard !predicted.isEmpty else {
      throw OddityError(
        .badData,
        "gram weighs blocks on images outside the fit part, but the select part has no image: pass more "
          + "images with \(.inDistribution)")
    }
    var means = Array(repeating: 0.0, count: segments.count)
    for (row, index) in predicted.enumerated() {
      for (block, deviation) in deviations(rows[row * offsets.count..<(row + 1) * offsets.count], of: index)
        .enumerated()
      {
        means[block] += deviation / Double(predicted.count)
      }
    }
    // If no image lies outside, as happens with very few images, all blocks have the same weight.
    let largest = means.max() ?? 0
    let floor = largest > 0 ? largest * Self.leastShare : 1
    let weights = zip(segments, means).flatMap { Array(repeating: 1 / max($1, floor), count: $0) }
    return zip(counts, weights).map { $0 ? Float($1) : 0 }
  }

  /// δ of each block for an image that is predicted as a class.
  private func deviations(_ row: ArraySlice<Float>, of index: Int) -> [Double] {
    var deviations: [Double] = []
    var place = 0
    for segment in segments {
      var sum = 0.0
      for column in place..<place + segment where counts[column] {
        let value = Double(row[row.startIndex + column])
        let least = Double(minima[index * offsets.count + column])
        let largest = Double(maxima[index * offsets.count + column])
        let offset = Double(offsets[column])
        if value < least { sum += (least - value) / max(abs(least + offset), Self.leastDivisor) }
        if value > largest { sum += (value - largest) / max(abs(largest + offset), Self.leastDivisor) }
      }
      deviations.append(sum)
      place += segment
    }
    return deviations
  }
}
