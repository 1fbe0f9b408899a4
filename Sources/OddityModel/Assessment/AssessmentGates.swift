/// What a batch has to hold, as a step of a deployment asks it. Bounds are compared, not points.
public struct AssessmentGates: Sendable, Equatable {
  /// The batch fails where more than this share of it is strange for sure: where the lower bound of the share is above it.
  public var maxOutliers: Double?
  /// The batch fails where the p-value of its shift is at most this.
  public var shiftAlpha: Double?
  /// The batch fails unless the lower bound of the accuracy on accepted images is at least this; also where it cannot be told.
  public var minAccuracy: Double?

  public init(maxOutliers: Double? = nil, shiftAlpha: Double? = nil, minAccuracy: Double? = nil) {
    (self.maxOutliers, self.shiftAlpha, self.minAccuracy) = (maxOutliers, shiftAlpha, minAccuracy)
  }

  /// The smallest ``shiftAlpha``. Two tests stand behind the p-value, and each exchanges images 1,999 times, so no p-value of theirs together is
  /// smaller.
  public static let leastShiftAlpha = 0.001

  /// Why a limit makes no sense; nil where it does.
  package static func objection(to value: Double, for gate: AssessmentGate) -> String? {
    if gate == .shiftAlpha, value < leastShiftAlpha {
      return "give at least \(leastShiftAlpha), the smallest p-value of its two tests"
    }
    return (0...1).contains(value) ? nil : "give a share from 0 to 1"
  }

  /// What became of one of them.
  public struct Result: Codable, Sendable, Equatable {
    public let gate: AssessmentGate
    public let limit: Double
    /// What is compared with the limit; nil where it cannot be told.
    public let value: Double?
    public let passes: Bool
  }

  func results(_ assessment: Assessment) -> [Result] {
    let strange = assessment.strange.shareAtLeast
    let shift = assessment.shift.pValue
    let accuracy = assessment.accuracyOfAccepted?.interval[0]
    return [
      maxOutliers.map { Result(gate: .maxOutliers, limit: $0, value: strange, passes: strange <= $0) },
      shiftAlpha.map { Result(gate: .shiftAlpha, limit: $0, value: shift, passes: shift > $0) },
      minAccuracy.map { limit in
        Result(
          gate: .minAccuracy, limit: limit, value: accuracy, passes: accuracy.map { $0 >= limit } ?? false)
      },
    ].compactMap(\.self)
  }
}

/// One thing that is asked of a batch, called as the command's flag.
public enum AssessmentGate: String, Codable, Sendable, CaseIterable {
  case maxOutliers = "max-outliers"
  case shiftAlpha = "shift-alpha"
  case minAccuracy = "min-accuracy"
}
