/// On which side of zero a score lies by construction. It tells how a positive factor enters, so that a larger factor always makes
/// the image more in-distribution.
public enum ScoreSign: Hashable, Sendable {
  /// At least zero: it is multiplied.
  case positive
  /// At most zero: it is divided.
  case negative
  /// On either side: its softplus is multiplied.
  ///
  /// - Parameter positiveOn: logits on which it is at least zero all the same.
  case signed(positiveOn: Set<LogitForm> = [])

  /// That of an energy, which is positive where it is the joint one of labels.
  static let energy = signed(positiveOn: [.multiLabel])
}
