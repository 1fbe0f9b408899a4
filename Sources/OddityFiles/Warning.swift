/// Something that a user must know before trusting a result, with a code by which programs tell it.
public struct Warning: Codable, Sendable, Equatable {
  /// What kinds there are. Codes stay as they are; further ones may come.
  public enum Code: String, Codable, Sendable, CaseIterable {
    // What was not said.
    case preprocessingUnknown = "preprocessing-unknown"
    case preprocessingDoubtful = "preprocessing-doubtful"
    case calibrationFromID = "calibration-from-id"
    case noComposition = "no-composition"
    // The images.
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
    // The classifier on them.
    case accuracyNearChance = "accuracy-near-chance"
    case accuracyBelowConfidence = "accuracy-below-confidence"
    case oneClassPredicted = "one-class-predicted"
    case classesPermuted = "classes-permuted"
    // The scores.
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
    // The calibration.
    case classesOneGroup = "classes-one-group"
    case classesUnflagged = "classes-unflagged"
    case calibrationCopies = "calibration-copies"
    case calibrationDrift = "calibration-drift"
    case learntForgotten = "learnt-forgotten"
    // The engine.
    case enginesMixed = "engines-mixed"
  }

  /// What a command says before the images or with each of them: no part of the one text of a report's `warning`.
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
  /// All of them as one text; `nil` where there is none.
  package var joined: String? { isEmpty ? nil : map(\.text).joined(separator: "; ") }
}
