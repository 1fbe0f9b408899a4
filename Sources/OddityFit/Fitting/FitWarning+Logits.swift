import OddityModel

extension FitWarning {
  /// A warning about scores of sigmoid logits, and about a softmax over a single logit.
  static func logits(_ form: LogitForm, scores: [ScoreName]) -> Warning? {
    switch form {
    case .softmax, .oneLogit: return nil
    case .constant:
      return Warning(
        .softmaxOfOneLogit,
        "the classifier has a single logit, whose softmax is always 1, so that class and confidence say nothing: pass "
          + "\(.head, "sigmoid") if it is the log-odds of a class")
    case .multiLabel:
      let affected = scores.filter(\.growsWithLargestLogits).map(\.description)
      guard !affected.isEmpty else { return nil }
      return Warning(
        .noLabelLooksStrange,
        "an image that shows none of the labels looks strange to \(affected.joined(separator: ", ")): if "
          + "such images are normal, include their usual share in \(.inDistribution) and \(.calibration), or "
          + "choose a score of the features, such as knn"
      )
    }
  }

  /// Warns about a network that is rarely confident although it is right and its classes are well separated.
  /// Scores of the logits are weak on such a network.
  ///
  /// Source of the thresholds: docs/scores.md, "Networks on which scores are weak".
  ///
  /// - Parameters:
  ///   - range: the smallest and the largest logit. There is no warning if the values are probabilities.
  ///   - deficit: by how much the accuracy exceeds the mean confidence; nil if no true class is known. A
  ///     classifier that is unsure because it makes errors gets no warning.
  ///   - measured: a score that was chosen or learnt, and its AUROC against pseudo-OOD images; nil if there
  ///     is none.
  static func weakNetwork(
    _ traits: NetworkTraits?, range: ClosedRange<Float>? = nil, deficit: Double? = nil,
    measured: (name: String, auroc: Double)?
  ) -> Warning? {
    guard let traits, let collapse = traits.classCollapse, traits.softmaxPeak < NetworkTraits.surePeak,
      collapse > NetworkTraits.apart, deficit ?? 1 > NetworkTraits.leastDeficit, !areProbabilities(range)
    else { return nil }
    let found = measured.map {
      "; \($0.name) tells images from pseudo-OOD images with AUROC \(Numbers.fixed($0.auroc, 3))"
    }
    return Warning(
      .postHocWeak,
      "scores of the logits, such as energy, may be weak on this network: its softmax is rarely confident "
        + "(the largest probability is below \(Numbers.fixed(traits.softmaxPeak, 3)) on nine of ten images), "
        + "although its classes are well separated (\(Numbers.fixed(100 * collapse, 0)) % of the features' "
        + "variance lies between them), as after training with label smoothing, mixup or "
        + "CutMix\(found ?? ""); if there are weights that were trained without them, compare those"
    )
  }

  /// Warns if nearly all of many images are predicted as the same class.
  ///
  /// - Parameter counts: the number of images predicted as each class.
  static func onePrediction(_ counts: [Int], labels: [String]?) -> Warning? {
    let images = counts.reduce(0, +)
    guard counts.count > 1, images >= 100, let most = counts.indices.max(by: { counts[$0] < counts[$1] }),
      counts[most] * 100 >= images * 99
    else { return nil }
    let name = labels.flatMap { $0.indices.contains(most) ? "'\($0[most])'" : nil } ?? "class \(most)"
    return Warning(
      .oneClassPredicted,
      "\(counts[most]) of \(images) images are predicted as \(name): unless all of them really are, images "
        + "are preprocessed differently than in training (\(.preprocessing): mean and std, channel order, "
        + "size); correct this before you trust this detector"
    )
  }

  private static func areProbabilities(_ range: ClosedRange<Float>?) -> Bool {
    range.map { $0.lowerBound >= 0 && $0.upperBound <= 1 } ?? false
  }

  /// Warns about probabilities that are used as logits. The classes are then right, but results computed from
  /// them are not.
  ///
  /// - Parameter range: the smallest and the largest of the values on many images.
  static func probabilities(_ range: ClosedRange<Float>?, named tensor: String) -> Warning? {
    guard areProbabilities(range) else { return nil }
    return Warning(
      .probabilitiesAsLogits,
      "the logits '\(tensor)' are between 0 and 1 on every image, so they are probably probabilities: then "
        + "the classes are right, but the confidences and the scores of the logits are wrong; pass "
        + "\(.logits, "NAME") of the tensor from which they are computed"
    )
  }

  /// Warns about a temperature below one. It suggests that the network was trained on the images, because a
  /// network is usually too confident on new images.
  ///
  /// - Parameter temperature: the fitted temperature; nil if none was fitted.
  static func temperature(_ temperature: Double?) -> Warning? {
    guard let temperature, temperature < 1 else { return nil }
    return Warning(
      .temperatureBelowOne,
      "tempscale fitted T = \(Numbers.fixed(temperature, 3)) on images of \(.calibration); a T below 1 "
        + "suggests that the network was trained on these images: pass images that it was not trained on, or "
        + "\(.settings, "tempscale.T=VALUE")"
    )
  }
}

extension FittedScores {
  /// The smallest temperature that `tempscale` fitted, composed or not; nil if it was not requested, or if
  /// its temperature was set.
  func fittedTemperature(_ settings: ScoreSettings) -> Double? {
    guard !settings.setsTemperature else { return nil }
    return zip(names, scores).compactMap { name, score -> Double? in
      guard name.fitsTemperature, case .number(let value)? = score.state["T"] else {
        return nil
      }
      return value
    }.min()
  }
}
