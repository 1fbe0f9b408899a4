import Synchronization

/// A setting or a query of the user, as errors, warnings and reports name it: `"pass \(.logits, "NAME")"`.
///
/// A user of the library makes settings in Swift, so the default names are those of the Swift API. The
/// command replaces them by the names of its flags when it starts.
package enum Setting: String, CaseIterable, Sendable {
  case model, input, logits, head, labels, preprocessing, rawInput
  case inDistribution, calibration, limit, seed
  case block, scores, settings, pseudoOOD, paperSplit, map
  case mapBlock = "FitOptions.map"
  case alpha, confidence, calibrationScope, resets
  case calibrationScores = "Recalibration(scores:)"
  case from = "takingRawInput(engine:)"
  case batchSize, precision, engine, device
  case output = "folder"
  case host, port, store, streams

  // APIs that give more information, or that do what a message advises.
  case blocks = "Classifier.blocks"
  case catalogue = "Scores.all"
  case fit = "Fit"
  case evaluation = "Evaluation"
  case featureMaps = "Classifier.featureMaps"
  case partialFit = "PartialFit"
  case verification = "VerificationReport"
  case report = "FitReport"

  /// Formats a setting for the user of this process, with or without a value.
  package typealias Words = @Sendable (_ setting: Setting, _ value: String?) -> String

  /// One closure for the whole process, because errors are created on threads of every kind.
  private static let words = Mutex<Words> { setting, value in
    "`\(setting.rawValue)\(value.map { ": \($0)" } ?? "")`"
  }

  /// Replaces the words for settings in all later messages. Call it before the first message is created.
  package static func speak(_ other: @escaping Words) {
    words.withLock { $0 = other }
  }

  fileprivate func text(_ value: String?) -> String { Self.words.withLock { $0 }(self, value) }
}

extension DefaultStringInterpolation {
  /// Names a setting to the user, with a value if there is one.
  package mutating func appendInterpolation(_ setting: Setting, _ value: (any CustomStringConvertible)? = nil)
  {
    appendLiteral(setting.text(value.map { "\($0)" }))
  }
}
