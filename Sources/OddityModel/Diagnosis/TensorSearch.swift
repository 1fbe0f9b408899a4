import Foundation
import Imaging
import OddityScores

/// Models how tensors follow from pixel levels: one line for each channel, v = a · level + b.
struct TensorSearch {
  let form: InputForm
  private let values: [[Float]]
  private let before: [TensorCheck.Step]

  /// - Parameter before: steps that were found before.
  init(form: InputForm, rows: [(values: [Float], shape: [Int])], before: [TensorCheck.Step] = []) {
    (self.form, self.before) = (form, before)
    // The values unchanged, in the order of the levels.
    let plain = form.taking(
      ValueScale(
        rescale: 1, mean: Array(repeating: 0, count: form.channels),
        std: Array(repeating: 1, count: form.channels)))
    values = rows.map { PixelLevels($0.values[...], form: plain).values }
  }

  func candidates(_ pictures: PictureVariants) throws -> [TensorCandidate] {
    try pictures.variants.flatMap { variant in
      do throws(ImagingError) {
        return candidates(levels: try pictures.levels(variant), geometry: variant.text)
      } catch  where error.code == .tooLarge {
        // One of the images is too narrow to be resized in this way.
        return []
      }
    }
  }

  /// The candidates for one geometry: with channels in order, and reversed.
  func candidates(levels: [[Float]], geometry: String?) -> [TensorCandidate] {
    let geometry = geometry.map { [TensorCheck.Step(step: .geometry, text: $0)] } ?? []
    return (form.channels == 3 ? [false, true] : [false]).compactMap { isReversed in
      let lines = (0..<form.channels).map { channel in
        Line(
          values, levels, channel: channel, from: isReversed ? form.channels - 1 - channel : channel,
          form.channels)
      }
      let total = lines.reduce(0) { $0 + $1.variance }
      guard total.isFinite, lines.allSatisfy({ $0.slope.isFinite }) else { return nil }
      let left = total > 0 ? lines.reduce(0) { $0 + $1.left } / total : 0
      let channels =
        isReversed
        ? [
          TensorCheck.Step(
            step: .channels, text: "red and blue are swapped: BGR in place of RGB, or the other way round")
        ]
        : []
      let isExplained = left <= TensorCheck.explainedShare
      let scale =
        valuesStep(lines, isExplained: isExplained).map { [TensorCheck.Step(step: .values, text: $0)] } ?? []
      return TensorCandidate(steps: before + geometry + channels + scale, unexplained: max(left, 0))
    }
  }

  /// Of the candidates that explain about as much as the best one, the one with the fewest steps.
  static func simplest(_ candidates: [TensorCandidate]) -> TensorCandidate? {
    guard let least = candidates.map(\.unexplained).min() else { return nil }
    return candidates.filter { $0.unexplained <= 1.2 * least + 1e-5 }
      .min { ($0.steps.count, $0.unexplained) < ($1.steps.count, $1.unexplained) }
  }

  /// A description of what was done to the values; nil if they are right.
  ///
  /// - Parameter isExplained: whether the lines leave nothing unexplained. Otherwise a fitted mean and std
  ///   would be meaningless.
  private func valuesStep(_ lines: [Line], isExplained: Bool) -> String? {
    if fits(form.scale, lines) { return nil }
    for (text, scale) in known where fits(scale, lines) { return text }
    guard isExplained, lines.allSatisfy({ abs($0.slope) > 1e-12 }) else { return nil }
    let mean = lines.map { Numbers.fixed(-$0.offset / $0.slope / 255, 4) }.joined(separator: ", ")
    let std = lines.map { Numbers.fixed(1 / $0.slope / 255, 4) }.joined(separator: ", ")
    let (ownMean, ownStd) = (
      form.scale.unitMean.map { Numbers.fixed($0, 4) }.joined(separator: ", "),
      form.scale.unitStd.map { Numbers.fixed($0, 4) }.joined(separator: ", ")
    )
    return
      "mean and std of values of 0 to 1 are [\(mean)] and [\(std)] in place of [\(ownMean)] and [\(ownStd)]"
  }

  private var known: [(text: String, scale: ValueScale)] {
    let own = form.scale
    let (zero, one) = (
      Array(repeating: 0.0, count: form.channels), Array(repeating: 1.0, count: form.channels)
    )
    return [
      ("mean and std were not applied", ValueScale(rescale: own.rescale, mean: zero, std: one)),
      (
        "scaling, mean and std were not applied: values are 0 to 255",
        ValueScale(rescale: 1, mean: zero, std: one)
      ),
      ("values were not scaled before mean and std", ValueScale(rescale: 1, mean: own.mean, std: own.std)),
      (
        "values were divided by 255 twice",
        ValueScale(rescale: own.rescale / 255, mean: own.mean, std: own.std)
      ),
      (
        "values were divided by 255 twice, and mean and std were not applied",
        ValueScale(rescale: own.rescale / 255, mean: zero, std: one)
      ),
      ("the mean was not subtracted", ValueScale(rescale: own.rescale, mean: zero, std: own.std)),
      ("values were not divided by std", ValueScale(rescale: own.rescale, mean: own.mean, std: one)),
      ("values were mapped to −1 to 1", .unit(mean: [0.5], std: [0.5], channels: form.channels)),
    ]
  }

  /// Whether the lines match a scale: within one and a half of 255 levels at both ends.
  private func fits(_ scale: ValueScale, _ lines: [Line]) -> Bool {
    lines.enumerated().allSatisfy { channel, line in
      [Float(0), 255].allSatisfy { level in
        let right = Double(scale.value(level, channel: channel))
        let unit = abs(scale.rescale / scale.std[channel])
        return abs(line.slope * Double(level) + line.offset - right) <= 1.5 * unit
      }
    }
  }
}

/// The line by which a channel's values follow from levels, fitted by least squares.
private struct Line {
  let slope: Double
  let offset: Double
  /// The variance of the values, times their number.
  let variance: Double
  /// The part of the variance that the line leaves unexplained.
  let left: Double

  init(_ values: [[Float]], _ levels: [[Float]], channel: Int, from source: Int, _ channels: Int) {
    var (n, x, y, xx, xy, yy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for (values, levels) in zip(values, levels) {
      for pixel in stride(from: 0, to: min(values.count, levels.count), by: channels) {
        let (level, value) = (Double(levels[pixel + source]) - 128, Double(values[pixel + channel]))
        n += 1
        x += level
        y += value
        xx += level * level
        xy += level * value
        yy += value * value
      }
    }
    let (sxx, sxy, syy) = (xx - x * x / n, xy - x * y / n, yy - y * y / n)
    slope = sxx > 0 ? sxy / sxx : 0
    offset = y / n - slope * x / n - slope * 128
    (variance, left) = (syy, max(0, syy - slope * sxy))
  }
}

extension InputForm {
  fileprivate func taking(_ scale: ValueScale) -> InputForm {
    var form = self
    form.scale = scale
    return form
  }
}
