/// Something that a user must know before trusting a result, with a code for programs.
public struct Warning: Codable, Sendable, Equatable {
  /// The kinds of warnings. Codes never change, but new ones may be added.
  public enum Code: String, Codable, Sendable, CaseIterable {
    // About missing settings.
    case preprocessingUnknown = "preprocessing-unknown"
    case preprocessingDoubtful = "preprocessing-doubtful"
    case calibrationFromID = "calibration-from-id"
    case noComposition = "no-composition"
    // About the images.
    case fewImages = "few-images"
    case mixUntold = "mix-untold"
    case imagesLookFaulty = "images-look-faulty"
    case truthUnknown = "truth-unknown"
    case arrayValuesUnusual = "array-values-unusual"
    case imagesUnusable = "images-unusable"
    case valuesNotFinite = "values-not-finite"
    case fewFlagged = "few-flagged"
    case sourceTakenSo = "source-taken-so"
    case sourceNamedTwice = "source-named-twice"
    case calibrationOverlap = "calibration-overlap"
    case idSeenInFit = "id-seen-in-fit"
    case oodHoldsID = "ood-holds-id"
    // About the classifier on these images.
    case accuracyNearChance = "accuracy-near-chance"
    case accuracyBelowConfidence = "accuracy-below-confidence"
    case oneClassPredicted = "one-class-predicted"
    case classesPermuted = "classes-permuted"
    // About the scores.
    case featureNormNotCompared = "featurenorm-not-compared"
    case featureNormAtChance = "featurenorm-at-chance"
    case featureNormReversed = "featurenorm-reversed"
    case betterScore = "better-score"
    case scoresReversed = "scores-reversed"
    case scoreConstant = "score-constant"
    case scoreLeftOut = "score-left-out"
    case autoUncompared = "auto-uncompared"
    case singleBlock = "single-block"
    case noBlock = "no-block"
    case otherHeads = "other-heads"
    case batchOfOne = "batch-of-one"
    case classNamesIgnored = "class-names-ignored"
    case probabilitiesAsLogits = "probabilities-as-logits"
    case temperatureBelowOne = "temperature-below-one"
    case softmaxOfOneLogit = "softmax-of-one-logit"
    case postHocWeak = "post-hoc-weak"
    case noLabelLooksStrange = "no-label-looks-strange"
    // About the calibration.
    case classesOneGroup = "classes-one-group"
    case classesUnflagged = "classes-unflagged"
    case calibrationCopies = "calibration-copies"
    case calibrationDrift = "calibration-drift"
    case learntForgotten = "learnt-forgotten"
    // About the engine.
    case enginesMixed = "engines-mixed"
  }

  /// Warnings that a command prints before the images or for single images. They are not part of the text
  /// `warning` of a report.
  public static let saidOnTheWay: Set<Code> = [
    .preprocessingUnknown, .preprocessingDoubtful, .calibrationFromID, .noComposition,
    .arrayValuesUnusual, .imagesUnusable, .sourceTakenSo, .sourceNamedTwice,
  ]

  public let code: Code
  public let text: String

  public init(_ code: Code, _ text: String) {
    (self.code, self.text) = (code, text)
  }
}

extension [Warning] {
  /// All warnings as one text; `nil` if there are none.
  package var joined: String? { isEmpty ? nil : map(\.text).joined(separator: "; ") }
}
