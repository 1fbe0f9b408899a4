import Imaging
import OddityScores

extension GuardMetadata {
  /// Why no picture can be scored rightly; nil where one can, as far as the file tells.
  ///
  /// It is certain where the model was fitted on arrays alone that are no bytes divided by 255, and nobody said how pictures
  /// become such values.
  var refusalOfPictures: ImagingError? {
    guard !preprocessing.normalizationKnown, let fittedOn, !fittedOn.pictures, let range = fittedOn.range,
      !range.mayBeScaledBytes
    else { return nil }
    return ImagingError(
      .badPreprocessing,
      "images cannot be scored with this guarded file: it was fitted on float arrays as they are (values of \(range.text)), and "
        + "nothing tells how images become such values; pass arrays that are prepared alike, or fit again with \(.preprocessing)"
    )
  }

  /// - Throws: ``OddityError`` `.badData`, naming the first of some sources whose images cannot be scored rightly.
  public func checkPictures(of sources: [any ImageSource]) throws {
    guard let refusal = refusalOfPictures else { return }
    for source in sources where try source.tensorRange() == nil {
      throw OddityError(.badData, "\(source.description): \(refusal.message)")
    }
  }

  /// What to know of sources whose images may reach the model otherwise than those that it was fitted on.
  ///
  /// - Throws: `ImagingError` where an array cannot be read.
  public func warnings(of sources: [any ImageSource]) throws(ImagingError) -> [Warning] {
    var warnings: [Warning] = []
    var hasPictures = false
    for source in sources {
      if let range = try source.tensorRange() {
        warnings += [warning(of: range, in: source.description)].compactMap { $0 }
      } else {
        hasPictures = true
      }
    }
    return warnings + (hasPictures ? [doubtOfPictures].compactMap { $0 } : [])
  }

  /// What to know of float arrays with values of this range.
  ///
  /// - Parameter name: what the message calls the arrays.
  package func warning(of range: ClosedRange<Float>, in name: String) -> Warning? {
    guard let expected = expectedValues, range.isFarOutside(expected) else { return nil }
    return Warning(
      .arrayValuesUnusual,
      "\(name) holds values of \(range.text), but the model was fitted on values of \(expected.text): float arrays "
        + "are taken as they are, so prepare them as those were")
  }

  /// The values that reached the classifier; nil where they are not known.
  private var expectedValues: ClosedRange<Float>? {
    guard preprocessing.inputType.integers == nil else { return nil }
    if preprocessing.normalizationKnown || fittedOn?.pictures == true {
      let ofPictures = preprocessing.valueRange
      return fittedOn?.range.map(ofPictures.joined) ?? ofPictures
    }
    return fittedOn?.range
  }

  /// Where it is not certain that pictures are scored wrongly.
  private var doubtOfPictures: Warning? {
    guard !preprocessing.normalizationKnown, refusalOfPictures == nil,
      fittedOn?.arrays != nil || fittedOn == nil
    else { return nil }
    return Warning(
      .preprocessingUnknown,
      "the model was fitted without \(.preprocessing), so that images are scaled to [0, 1]: if it was fitted on float "
        + "arrays that were made of images in another way, what it says of images is wrong; fit again with \(.preprocessing)"
    )
  }
}
