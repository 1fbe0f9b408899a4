import Imaging
import OddityScores

/// What a detector was fitted on: pictures, which Oddity turned into tensors, or float32 arrays, which it did
/// not change.
public struct FittedInputs: Codable, Sendable, Equatable {
  /// Whether some of the images were pictures.
  public let pictures: Bool
  /// The smallest and the largest value in a sample of the arrays' images; nil without arrays.
  public let arrays: [Float]?

  init(pictures: Bool, arrays: ClosedRange<Float>?) {
    self.pictures = pictures
    self.arrays = arrays.map { [$0.lowerBound, $0.upperBound] }
  }

  /// - Throws: `ImagingError` if an array cannot be read.
  package init(_ sources: [any ImageSource]) throws {
    self.init(try sources.map { try $0.tensorRange() })
  }

  /// - Parameter ranges: the range of values of each source; nil for pictures.
  init(_ ranges: [ClosedRange<Float>?]) {
    self.init(pictures: ranges.contains(nil), arrays: .joining(ranges))
  }

  /// The union of what two machines fitted on.
  package func joined(_ other: FittedInputs) -> FittedInputs {
    FittedInputs(pictures: pictures || other.pictures, arrays: .joining([range, other.range]))
  }

  /// The range of the arrays' values, if there were no pictures.
  package var onlyArrays: ClosedRange<Float>? { pictures ? nil : range }

  /// Whether all images were pictures.
  package var arePictures: Bool { pictures && arrays == nil }

  /// `arrays` as a range.
  var range: ClosedRange<Float>? {
    guard let arrays, arrays.count == 2, arrays[0] <= arrays[1] else { return nil }
    return arrays[0]...arrays[1]
  }
}

extension FittedInputs {
  /// - Throws: ``OddityError`` `.badData` if some images were arrays, because it is unknown how they were
  ///   made.
  package func checkRawInput() throws(OddityError) {
    guard arrays != nil else { return }
    throw OddityError(
      .badData,
      "\(.rawInput) needs a fit on images, but this fit is on float arrays, so Oddity does not know how "
        + "images become such values: pass images and \(.preprocessing), or leave out \(.rawInput)")
  }
}

extension ClosedRange<Float> {
  /// Whether its values may be bytes divided by 255.
  var mayBeScaledBytes: Bool { lowerBound >= -0.01 && upperBound <= 1.01 }

  /// Whether it lies so far outside the expected range that its values must be made in another way.
  func isFarOutside(_ expected: ClosedRange) -> Bool {
    let span = expected.upperBound - expected.lowerBound
    return lowerBound < expected.lowerBound - span || upperBound > expected.upperBound + span
  }

  var text: String { "\(Numbers.fixed(Double(lowerBound), 2)) to \(Numbers.fixed(Double(upperBound), 2))" }
}
