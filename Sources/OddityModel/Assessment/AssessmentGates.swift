/// Limits that a batch must keep, for example as a step of a deployment. They are compared with bounds, not
/// with estimates.
public struct AssessmentGates: Sendable, Equatable {
  /// The batch fails if the lower bound of its share of strange images is above this.
  public var maxOutliers: Double?
  /// The batch fails if the p-value of its shift is at most this.
  public var shiftAlpha: Double?
  /// The batch fails if the lower bound of the accuracy on accepted images is below this, or unknown.
  public var minAccuracy: Double?

  public init(maxOutliers: Double? = nil, shiftAlpha: Double? = nil, minAccuracy: Double? = nil) {
    (self.maxOutliers, self.shiftAlpha, self.minAccuracy) = (maxOutliers, shiftAlpha, minAccuracy)
  }

  /// The smallest ``shiftAlpha``. The p-value combines two tests, and each exchanges images 1,999 times, so
  /// their combined p-value cannot be smaller.
  public static let leastShiftAlpha = 0.001

  /// Why a limit makes no sense, or nil if it does.
  package static func objection(to value: Double, for gate: AssessmentGate) -> String? {
    if gate == .shiftAlpha, value < leastShiftAlpha {
      return "give at least \(leastShiftAlpha), the smallest p-value of its two tests"
    }
    return (0...1).contains(value) ? nil : "give a share from 0 to 1"
  }

  /// The result of one gate.
  public struct Result: Codable, Sendable, Equatable {
    public let gate: AssessmentGate
    public let limit: Double
    /// The value that is compared with the limit; nil if it is unknown.
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

/// One of the gates, with the name of the command's flag.
public enum AssessmentGate: String, Codable, Sendable, CaseIterable {
  case maxOutliers = "max-outliers"
  case shiftAlpha = "shift-alpha"
  case minAccuracy = "min-accuracy"
}
