import Imaging
import OddityScores

/// Compares the tensors of the user's own pipeline with those that Oddity makes from the same images, and
/// finds the step that differs.
public struct TensorCheck: Codable, Sendable, Equatable {
  public enum Verdict: String, Codable, Sendable {
    case same
    /// The remaining difference is as small as with another decoder or another version of a filter.
    case close
    /// The named steps explain the difference.
    case explained
    /// The named steps, if any, explain only a part of the difference.
    case different
  }

  /// A step of the pipeline that differs.
  public struct Step: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
      case layout, geometry, channels, values
    }

    public let step: Kind
    /// A description of what the pipeline does differently.
    public let text: String
  }

  public let verdict: Verdict
  /// The number of images that were compared.
  public let images: Int
  /// The largest absolute difference of two values, in pixel levels, of which there are 256.
  public let largestDifference: Double
  /// The mean absolute difference of two values, in pixel levels.
  public let meanDifference: Double
  public let steps: [Step]
  /// The share of the tensors' variance that remains unexplained after correcting these steps.
  public let unexplained: Double

  private enum CodingKeys: String, CodingKey {
    case verdict, images, steps, unexplained
    case largestDifference = "largest_difference"
    case meanDifference = "mean_difference"
  }

  /// At most this many images are examined.
  static let mostImages = 32
  /// In levels. Rounding to float32 causes less.
  private static let sameDifference = 0.05
  /// In levels, and as a share of the variance.
  private static let closeDifference = 2.0
  private static let closeShare = 1e-3
  static let explainedShare = 2e-3

  init(_ candidate: TensorCandidate, differences: (largest: Double, mean: Double), images: Int) {
    (self.images, steps, unexplained) = (images, candidate.steps, candidate.unexplained)
    (largestDifference, meanDifference) = differences
    if candidate.steps.isEmpty {
      verdict =
        differences.largest <= Self.sameDifference
        ? .same
        : differences.mean <= Self.closeDifference && unexplained <= Self.closeShare ? .close : .different
    } else {
      verdict = unexplained <= Self.explainedShare ? .explained : .different
    }
  }
}

/// One possible way in which the tensors were made.
struct TensorCandidate {
  let steps: [TensorCheck.Step]
  /// The share of the variance that it leaves unexplained.
  let unexplained: Double
}

extension GuardedModel {
  /// Compares the tensors of the user's own pipeline with those that Oddity makes from the same images.
  ///
  /// - Parameters:
  ///   - tensors: a float32 array with a row for each image.
  ///   - images: the images, in the order of the rows.
  /// - Throws: ``OddityError`` `.badData` if the numbers of rows and images differ, or rows have another
  ///   size; ``ImagingError`` for images that cannot be read.
  public func check(tensors: any ImageSource, of images: any ImageSource) throws -> TensorCheck {
    guard tensors.items.count == images.items.count, !images.items.isEmpty else {
      throw OddityError(
        .badData,
        "\(tensors.description) has \(tensors.items.count) rows, and \(images.description) has \(images.items.count) images: pass "
          + "a row for each image, in the order of the images' names")
    }
    let positions = Array(0..<min(images.items.count, TensorCheck.mostImages))
    let form = InputForm(metadata.preprocessing, arrays: metadata.fittedOn?.onlyArrays)
    var rows = try Self.rows(of: tensors, positions)
    let layout = try form.restore(&rows, named: tensors.description)
    let pictures = try PictureVariants(metadata.preprocessing, images, positions)
    let own = try pictures.levels(.own)
    let differences = form.differences(of: rows, from: own)
    var candidates = try TensorSearch(form: form, rows: rows).candidates(pictures)
    if layout.isEmpty, form.channels == 3 {
      // Memory in the other layout that was mistaken for this one.
      let unscrambled = rows.map { form.inOwnOrder($0) }
      let step = TensorCheck.Step(
        step: .layout,
        text: "rows, columns and channels are in another order: transpose the array instead of reshaping it"
      )
      candidates.append(
        contentsOf: TensorSearch(form: form, rows: unscrambled, before: [step]).candidates(
          levels: own, geometry: nil))
    }
    guard let best = TensorSearch.simplest(candidates), differences.largest.isFinite else {
      throw OddityError(.badData, "\(tensors.description) holds values that are not numbers")
    }
    return TensorCheck(
      TensorCandidate(steps: layout + best.steps, unexplained: best.unexplained), differences: differences,
      images: positions.count)
  }

  private static func rows(
    of tensors: any ImageSource, _ positions: [Int]
  ) throws -> [(values: [Float], shape: [Int])] {
    var rows: [(values: [Float], shape: [Int])] = []
    let reader = try tensors.reader(selecting: positions)
    while let (_, payload) = try reader.next() {
      guard case .tensor(let values, let shape) = try payload.get() else {
        throw OddityError(
          .badData,
          "\(tensors.description) holds bytes, not tensors: pass the float32 array that your pipeline gives "
            + "to the network"
        )
      }
      rows.append((values, shape))
    }
    return rows
  }
}

extension InputForm {
  private var shape: [Int] { isChannelsFirst ? [channels, height, width] : [height, width, channels] }
  private var otherShape: [Int] { isChannelsFirst ? [height, width, channels] : [channels, height, width] }

  /// Converts rows of the other layout into this one.
  ///
  /// - Returns: a description of the mistake, if there was one.
  /// - Throws: ``OddityError`` `.badData` for rows of another size.
  fileprivate func restore(
    _ rows: inout [(values: [Float], shape: [Int])], named name: String
  ) throws(OddityError) -> [TensorCheck.Step] {
    guard let first = rows.first else { return [] }
    if let other = rows.first(where: { $0.shape != first.shape }) {
      throw OddityError(
        .badData, "\(name) has rows of \(first.shape) and of \(other.shape): pass tensors of one shape")
    }
    guard first.shape != shape else { return [] }
    guard first.shape == otherShape else {
      throw OddityError(
        .badData,
        "\(name) has rows of \(first.shape), but the model takes \(shape): resize and crop to that size before you compare"
      )
    }
    rows = rows.map { (inOwnOrder($0).values, shape) }
    return [
      TensorCheck.Step(
        step: .layout,
        text: "rows have the shape \(otherShape), but the model takes \(shape): transpose them")
    ]
  }

  /// The largest and the mean difference from the right tensors, in levels.
  fileprivate func differences(
    of rows: [(values: [Float], shape: [Int])], from levels: [[Float]]
  ) -> (largest: Double, mean: Double) {
    var (largest, sum, count) = (0.0, 0.0, 0)
    for (row, levels) in zip(rows, levels) {
      let found = PixelLevels(row.values[...], form: self).values
      for (value, level) in zip(found, levels) {
        let difference = abs(Double(value) - Double(level))
        largest = max(largest, difference.isFinite ? difference : .infinity)
        sum += difference
        count += 1
      }
    }
    return (largest, sum / Double(max(count, 1)))
  }

  /// The inverse of ``inOtherOrder(_:)``.
  fileprivate func inOwnOrder(_ row: (values: [Float], shape: [Int])) -> (values: [Float], shape: [Int]) {
    let pixels = height * width
    var restored = row.values
    for place in 0..<row.values.count {
      let source =
        isChannelsFirst
        ? place % channels * pixels + place / channels : place % pixels * channels + place / pixels
      restored[source] = row.values[place]
    }
    return (restored, row.shape)
  }
}
