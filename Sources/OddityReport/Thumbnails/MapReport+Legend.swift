import Oddity

extension MapReport {
  /// The meaning of red in pictures.
  var legend: String {
    "Red marks positions that add less to \(score) than is usual at the same place: from a p-value of 0.2 on faintly, at 0.001 and below "
      + "fully (\(block.name), \(height)×\(width) positions)."
  }
}
