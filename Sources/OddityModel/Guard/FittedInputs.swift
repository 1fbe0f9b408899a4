import Imaging
import OddityScores

/// What a detector was fitted on: pictures, of which Oddity made tensors, or arrays of float32, which it took as they were.
public struct FittedInputs: Codable, Sendable, Equatable {
  /// Whether some were pictures.
  public let pictures: Bool
  /// The smallest and the largest value among some of the arrays' images; nil where there were no arrays.
  public let arrays: [Float]?

  init(pictures: Bool, arrays: ClosedRange<Float>?) {
    self.pictures = pictures
    self.arrays = arrays.map { [$0.lowerBound, $0.upperBound] }
  }

  /// - Throws: `ImagingError` where an array cannot be read.
  package init(_ sources: [any ImageSource]) throws {
    self.init(try sources.map { try $0.tensorRange() })
  }

  /// - Parameter ranges: of the values of each source; nil of pictures.
  init(_ ranges: [ClosedRange<Float>?]) {
    self.init(pictures: ranges.contains(nil), arrays: .joining(ranges))
  }

  /// What two machines fitted on.
  package func joined(_ other: FittedInputs) -> FittedInputs {
    FittedInputs(pictures: pictures || other.pictures, arrays: .joining([range, other.range]))
  }

  /// The values of the arrays, where there were no pictures.
  package var onlyArrays: ClosedRange<Float>? { pictures ? nil : range }

  /// Whether all were pictures.
  package var arePictures: Bool { pictures && arrays == nil }

  /// `arrays`, where they are a range.
  var range: ClosedRange<Float>? {
    guard let arrays, arrays.count == 2, arrays[0] <= arrays[1] else { return nil }
    return arrays[0]...arrays[1]
  }
}

extension FittedInputs {
  /// - Throws: ``OddityError`` `.badData` where some were arrays, of which nothing tells how they were made.
  package func checkRawInput() throws(OddityError) {
    guard arrays != nil else { return }
    throw OddityError(
      .badData,
      "\(.rawInput) needs a fit on images: this one is on float arrays, and nothing tells how images become such values; pass "
        + "images in their place, with \(.preprocessing), or leave out \(.rawInput)")
  }
}

extension ClosedRange<Float> {
  /// Whether its values may be bytes that were divided by 255.
  var mayBeScaledBytes: Bool { lowerBound >= -0.01 && upperBound <= 1.01 }

  /// Whether it reaches so far out of what is expected that its values are made in another way.
  func isFarOutside(_ expected: ClosedRange) -> Bool {
    let span = expected.upperBound - expected.lowerBound
    return lowerBound < expected.lowerBound - span || upperBound > expected.upperBound + span
  }

  var text: String { "\(Numbers.fixed(Double(lowerBound), 2)) to \(Numbers.fixed(Double(upperBound), 2))" }
}
