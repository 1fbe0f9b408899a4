/// The sign that a score has by construction. It decides how a positive factor is applied, so that a larger
/// factor always makes the image more in-distribution.
public enum ScoreSign: Hashable, Sendable {
  /// At least zero: the score is multiplied.
  case positive
  /// At most zero: the score is divided.
  case negative
  /// Either sign: its softplus is multiplied.
  ///
  /// - Parameter positiveOn: the logits on which it is nevertheless at least zero.
  case signed(positiveOn: Set<LogitForm> = [])

  /// The sign of an energy, which is positive for the joint energy of labels.
  static let energy = signed(positiveOn: [.multiLabel])
}
