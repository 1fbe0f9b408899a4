import Oddity

extension MapReport {
  /// The meaning of red in pictures.
  var legend: String {
    "Red marks positions that add less to \(score) than usual at the same place: faint from a p-value of "
      + "0.2, full at 0.001 or less (\(block.name), \(height)×\(width) positions)."
  }
}
