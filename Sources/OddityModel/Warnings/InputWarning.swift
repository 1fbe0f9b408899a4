import Imaging
import OddityScores

/// Warnings before a fit about how its images reach the classifier.
package enum InputWarning {
  /// - Parameters:
  ///   - sources: the sources of ID and calibration images.
  ///   - preprocessing: the preprocessing that the user named; nil if none.
  ///   - takesIntegers: whether the classifier takes bytes, which are not changed.
  /// - Throws: ``OddityError`` `.badData` if some sources are arrays of preprocessed values, and others are
  ///   images without a given preprocessing; `ImagingError` if an array cannot be read.
  package static func beforeFit(
    on sources: [any ImageSource], preprocessing: Preprocessing?, takesIntegers: Bool
  ) throws -> [Warning] {
    guard !takesIntegers else { return [] }
    let ranges = try sources.map { try $0.tensorRange() }
    try refuseMixture(of: sources, ranges, preprocessing)
    let unusual = zip(sources, ranges).map { source, range in
      range.flatMap { Self.unusual($0, in: source, preprocessing) }
    }
    let doubtful = preprocessing?.doubtOfUnits.map { Warning(.preprocessingDoubtful, $0) }
    return ([unknown(FittedInputs(ranges), preprocessing)] + unusual + [doubtful]).compactMap { $0 }
  }

  /// - Throws: ``OddityError`` `.badData` if some sources are arrays of preprocessed values, and others are
  ///   images without a given preprocessing; `ImagingError` if an array cannot be read.
  package static func refuseMixture(of sources: [any ImageSource], _ preprocessing: Preprocessing?) throws {
    try refuseMixture(of: sources, sources.map { try $0.tensorRange() }, preprocessing)
  }

  /// - Parameter ranges: the ranges of the sources' values; nil for pictures.
  private static func refuseMixture(
    of sources: [any ImageSource], _ ranges: [ClosedRange<Float>?], _ preprocessing: Preprocessing?
  ) throws(OddityError) {
    let inputs = FittedInputs(ranges)
    guard preprocessing?.saysValues != true, inputs.pictures, let range = inputs.range,
      !range.mayBeScaledBytes
    else { return }
    let pictures = zip(sources, ranges).first { $1 == nil }?.0.description ?? ""
    throw OddityError(
      .badData,
      "some of the images are float arrays of preprocessed values (\(range.text)), but the images of "
        + "\(pictures) would only be scaled to [0, 1]: tell with \(.preprocessing) how images become such "
        + "values (mean and std)")
  }

  private static func unknown(_ inputs: FittedInputs, _ preprocessing: Preprocessing?) -> Warning? {
    guard preprocessing?.saysValues != true else { return nil }
    let cause =
      preprocessing == nil ? "without \(.preprocessing)" : "since \(.preprocessing) says neither mean nor std"
    guard let range = inputs.range, !inputs.pictures else {
      return Warning(
        .preprocessingUnknown,
        "\(cause) values are scaled to [0, 1] and nothing else, because Oddity does not know the mean and "
          + "std that the classifier was trained with: pass them with \(.preprocessing)"
      )
    }
    let consequence =
      range.mayBeScaledBytes
      ? "this guarded file will scale images to [0, 1]: score images with it only if the arrays were made in "
        + "that way"
      : "Oddity does not know how images become such values: this guarded file will score only arrays, and "
        + "refuse images"
    return Warning(
      .preprocessingUnknown,
      "Oddity does not change the arrays (values of \(range.text)), and \(cause) \(consequence)")
  }

  private static func unusual(
    _ range: ClosedRange<Float>, in source: any ImageSource, _ preprocessing: Preprocessing?
  ) -> Warning? {
    let holds = "\(source.description) holds values of \(range.text)"
    let advice = "prepare them in the same way, or save bytes as uint8 [N, H, W, C]"
    if let expected = preprocessing?.valueRange {
      guard range.isFarOutside(expected) else { return nil }
      return Warning(
        .arrayValuesUnusual,
        "\(holds), but \(.preprocessing) makes values of \(expected.text) from images: Oddity does not "
          + "change float arrays, so \(advice)"
      )
    }
    guard range.upperBound - range.lowerBound > Self.usualSpan else { return nil }
    return Warning(
      .arrayValuesUnusual,
      "\(holds), like bytes, and Oddity does not change float arrays: if the classifier was trained on "
        + "normalised values, \(advice) and give mean and std with \(.preprocessing)")
  }

  /// Normalised images span less: 4.8 with ImageNet's mean and std, 10 if std is 0.1.
  private static let usualSpan: Float = 30

  /// A summary of the images that could not be used. Each was already reported by itself.
  package static func unusable(_ failures: [ImagingError]) -> Warning? {
    guard let first = failures.first else { return nil }
    let count = failures.count == 1 ? "1 image" : "\(failures.count) images"
    return Warning(.imagesUnusable, "\(count) could not be used, the first because \(first)")
  }
}
