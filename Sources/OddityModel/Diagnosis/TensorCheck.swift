import Imaging
import OddityScores

/// Whether a pipeline of one's own makes the tensors that Oddity makes of the same images, and which of its steps differs.
public struct TensorCheck: Codable, Sendable, Equatable {
  public enum Verdict: String, Codable, Sendable {
    case same
    /// What is left is as much as another decoder or another version of a filter makes.
    case close
    /// The steps that are named make the difference.
    case explained
    /// Steps that are named, if any, explain a part of it.
    case different
  }

  /// A step of the pipeline that differs.
  public struct Step: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
      case layout, geometry, channels, values
    }

    public let step: Kind
    /// What was done, as a sentence.
    public let text: String
  }

  public let verdict: Verdict
  /// Images that were compared.
  public let images: Int
  /// The largest difference of two values, in levels of a pixel, of which there are 256.
  public let largestDifference: Double
  /// The mean difference of two values, without its sign, likewise.
  public let meanDifference: Double
  public let steps: [Step]
  /// The share of the tensors' variance that is left unexplained once these steps are made alike.
  public let unexplained: Double

  private enum CodingKeys: String, CodingKey {
    case verdict, images, steps, unexplained
    case largestDifference = "largest_difference"
    case meanDifference = "mean_difference"
  }

  /// Images beyond these are not looked at.
  static let mostImages = 32
  /// In levels: rounding to float32 makes less.
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

/// One way in which tensors may have been made.
struct TensorCandidate {
  let steps: [TensorCheck.Step]
  /// The share of the variance that it leaves.
  let unexplained: Double
}

extension GuardedModel {
  /// Compares tensors of a pipeline of one's own with those that Oddity makes of the same images.
  ///
  /// - Parameters:
  ///   - tensors: an array of float32, a row for each image.
  ///   - images: the images, in the order of the rows.
  /// - Throws: ``OddityError`` `.badData` where there are not as many rows as images, or rows of another size; ``ImagingError`` for
  ///   images that cannot be read.
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
      // Memory of the other layout, taken for this one.
      let unscrambled = rows.map { form.inOwnOrder($0) }
      let step = TensorCheck.Step(
        step: .layout,
        text:
          "rows, columns and channels are in another order: the array was reshaped where it has to be transposed"
      )
      candidates.append(
        contentsOf: TensorSearch(form: form, rows: unscrambled, before: [step]).candidates(
          levels: own, geometry: nil))
    }
    guard let best = TensorSearch.simplest(candidates), differences.largest.isFinite else {
      throw OddityError(.badData, "\(tensors.description) holds values that are no numbers")
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
          "\(tensors.description) holds bytes, no tensors: pass an array of float32, as your pipeline gives it to the network"
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

  /// Brings rows of the other layout into this one.
  ///
  /// - Returns: what was done.
  /// - Throws: ``OddityError`` `.badData` for rows of another size.
  fileprivate func restore(
    _ rows: inout [(values: [Float], shape: [Int])], named name: String
  ) throws(OddityError) -> [TensorCheck.Step] {
    guard let first = rows.first, first.shape != shape else { return [] }
    guard first.shape == otherShape else {
      throw OddityError(
        .badData,
        "\(name) has rows of \(first.shape), but the model takes \(shape): resize and crop to that size before you compare"
      )
    }
    rows = rows.map { (inOwnOrder($0).values, shape) }
    return [
      TensorCheck.Step(
        step: .layout, text: "rows are \(otherShape) where the model takes \(shape): transpose them")
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
