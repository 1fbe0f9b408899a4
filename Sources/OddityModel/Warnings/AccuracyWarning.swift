import OddityScores

/// Warns if a classifier's accuracy shows that it is used wrongly. If it is near chance, or far below its
/// confidence, the images are usually preprocessed differently from those that the classifier was trained on.
package enum AccuracyWarning {
  /// - Parameters:
  ///   - agreement: of predictions and truth.
  ///   - confidence: the mean confidence over the same images.
  ///   - set: the name of the set of images.
  ///   - folders: the names of the class folders, if nothing else names the classes.
  ///   - advice: how to change the preprocessing, as the end of the sentence.
  package static func of(
    _ agreement: Agreement, confidence: Double, set: String, advice: String, labels: [String]?,
    folders: [String]? = nil
  ) -> Warning? {
    if let accuracy = agreement.accuracyInAnotherOrder, let example = agreement.exampleOfOrder {
      func name(_ index: Int) -> String {
        labels.flatMap { $0.indices.contains(index) ? "'\($0[index])'" : nil } ?? "class \(index)"
      }
      func folder(_ index: Int) -> String? {
        labels == nil
          ? folders.flatMap { $0.indices.contains(index) ? "the folder '\($0[index])'" : nil } : nil
      }
      return Warning(
        .classesPermuted,
        "\(found(agreement, set: set)), but would be \(percent(accuracy)) if the classes were in another "
          + "order: most images of \(folder(example.truth) ?? name(example.truth)) are predicted as "
          + "\(name(example.predicted)); name the classes in the order of the classifier's outputs with "
          + "\(.labels) (without it folders are counted in the order of their names)"
      )
    }
    let belief = confidence.isFinite ? ", at a mean confidence of \(percent(confidence))" : ""
    if agreement.isNearChance {
      return Warning(
        .accuracyNearChance,
        "\(found(agreement, set: set)), hardly better than guessing (\(percent(agreement.chance)))\(belief): \(advice)"
      )
    }
    if agreement.isFarBelow(confidence: confidence) {
      return Warning(
        .accuracyBelowConfidence,
        "\(found(agreement, set: set)), far below its mean confidence of \(percent(confidence)): \(advice)")
    }
    return nil
  }

  /// The end of the warning in a fit.
  package static var adviceForFit: String {
    "either images are preprocessed differently than in training (\(.preprocessing): mean and std, channel "
      + "order, size), or the class names are in another order (\(.labels)), or these are not images of its "
      + "kind; correct this before you trust this detector"
  }

  /// The end of the warning in an evaluation, where the preprocessing is stored in the guarded file.
  package static var adviceForEvaluation: String {
    "either the model was fitted with the wrong preprocessing (fit it again with the right "
      + "\(.preprocessing): mean and std, channel order, size), or the class names are in another order "
      + "(\(.labels)), or these are not images of its kind"
  }

  private static func found(_ agreement: Agreement, set: String) -> String {
    "accuracy is \(percent(agreement.accuracy)) on \(agreement.images) \(set) whose true class is known"
  }

  private static func percent(_ share: Double) -> String { Numbers.percent(share) }
}
