import Synchronization

/// What a user can set or ask, as errors, warnings and reports name it: `"pass \(.logits, "NAME")"`.
///
/// A library's user sets it in Swift, so it goes by its name there. The command says at its start that it has flags.
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

  // What tells more, or does what is advised.
  case blocks = "Classifier.blocks"
  case catalogue = "Scores.all"
  case fit = "Fit"
  case evaluation = "Evaluation"
  case featureMaps = "Classifier.featureMaps"
  case partialFit = "PartialFit"
  case verification = "VerificationReport"
  case report = "FitReport"

  /// A setting in the words of whoever runs this process, with a value or alone.
  package typealias Words = @Sendable (_ setting: Setting, _ value: String?) -> String

  /// One for the whole process, since errors are made on threads of every kind.
  private static let words = Mutex<Words> { setting, value in
    "`\(setting.rawValue)\(value.map { ": \($0)" } ?? "")`"
  }

  /// Has messages that are made from now on name settings in other words than Swift's: to be called before there is any.
  package static func speak(_ other: @escaping Words) {
    words.withLock { $0 = other }
  }

  fileprivate func text(_ value: String?) -> String { Self.words.withLock { $0 }(self, value) }
}

extension DefaultStringInterpolation {
  /// Names a setting to the user, with a value where there is one to give it.
  package mutating func appendInterpolation(_ setting: Setting, _ value: (any CustomStringConvertible)? = nil)
  {
    appendLiteral(setting.text(value.map { "\($0)" }))
  }
}
