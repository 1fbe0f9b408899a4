import OddityScores

/// Warnings about a calibration by class.
package enum CalibrationWarning {
  /// Warns if the classes are so small that they all form one group.
  package static func singleGroup(_ calibration: DetectorCalibration) -> Warning? {
    guard let groups = calibration.classes?.groups, groups.count == 1, groups.ofClass.count > 1 else {
      return nil
    }
    return Warning(
      .classesOneGroup,
      "calibration by class has no effect here: too few classes have enough images in the fit part and among "
        + "the calibration images for this rate, so all \(groups.ofClass.count) classes form one group; pass "
        + "more images, or allow more false alarms with a larger \(.alpha)")
  }

  /// Warns about classes that can never be flagged, because too few calibration images are predicted as them.
  package static func unflagged(_ calibration: DetectorCalibration, labels: [String]?) -> Warning? {
    let groups = (calibration.groupReports ?? []).filter { $0.rank == 0 }
    guard !groups.isEmpty else { return nil }
    let names = groups.map { "\($0.names(labels)) (\($0.calibrationImages))" }
    return Warning(
      .classesUnflagged,
      "too few calibration images are predicted as \(names.joined(separator: "; ")), so no image of these "
        + "predicted classes can be flagged at this rate: add calibration images, or allow more false alarms "
        + "with a larger \(.alpha)")
  }
}
