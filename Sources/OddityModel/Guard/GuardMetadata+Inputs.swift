import Imaging
import OddityScores

extension GuardMetadata {
  /// Why no picture can be scored correctly; nil if pictures can be scored, as far as the file tells.
  ///
  /// It is certain if the model was fitted only on arrays, if their values are not bytes divided by 255, and
  /// if no preprocessing was given.
  var refusalOfPictures: ImagingError? {
    guard !preprocessing.normalizationKnown, let fittedOn, !fittedOn.pictures, let range = fittedOn.range,
      !range.mayBeScaledBytes
    else { return nil }
    return ImagingError(
      .badPreprocessing,
      "images cannot be scored with this guarded file: it was fitted on float arrays (values of "
        + "\(range.text)), so Oddity does not know how images become such values; pass arrays that are "
        + "prepared in the same way, or fit again with \(.preprocessing)"
    )
  }

  /// - Throws: ``OddityError`` `.badData`, naming the first source whose images cannot be scored correctly.
  public func checkPictures(of sources: [any ImageSource]) throws {
    guard let refusal = refusalOfPictures else { return }
    for source in sources where try source.tensorRange() == nil {
      throw OddityError(.badData, "\(source.description): \(refusal.message)")
    }
  }

  /// Warnings about sources whose images may reach the model differently from those that it was fitted on.
  ///
  /// - Throws: `ImagingError` if an array cannot be read.
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

  /// A warning about float arrays with values of this range.
  ///
  /// - Parameter name: the name of the arrays in the message.
  package func warning(of range: ClosedRange<Float>, in name: String) -> Warning? {
    guard let expected = expectedValues, range.isFarOutside(expected) else { return nil }
    return Warning(
      .arrayValuesUnusual,
      "\(name) holds values of \(range.text), but the model was fitted on values of \(expected.text): Oddity "
        + "does not change float arrays, so prepare these in the same way")
  }

  /// The range of values that reached the classifier in the fit; nil if it is unknown.
  private var expectedValues: ClosedRange<Float>? {
    guard preprocessing.inputType.integers == nil else { return nil }
    if preprocessing.normalizationKnown || fittedOn?.pictures == true {
      let ofPictures = preprocessing.valueRange
      return fittedOn?.range.map(ofPictures.joined) ?? ofPictures
    }
    return fittedOn?.range
  }

  /// A warning that pictures may be scored incorrectly, if this is not certain.
  private var doubtOfPictures: Warning? {
    guard !preprocessing.normalizationKnown, refusalOfPictures == nil,
      fittedOn?.arrays != nil || fittedOn == nil
    else { return nil }
    return Warning(
      .preprocessingUnknown,
      "the model was fitted without \(.preprocessing), so images are scaled to [0, 1]: if it was fitted on "
        + "float arrays that were made from images in another way, its verdicts on images are wrong; fit "
        + "again with \(.preprocessing)"
    )
  }
}
