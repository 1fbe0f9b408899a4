import OddityClassifier
import ONNXGraph

/// A score that is the distance to the nearest Gaussian of the classes.
protocol DistanceToGaussians: Score {
  /// Whether features are divided by their norm.
  static var normalises: Bool { get }
  /// Whether the distance to all images is subtracted.
  static var isRelative: Bool { get }
}

extension DistanceToGaussians {
  static var normalises: Bool { false }
  static var isRelative: Bool { false }

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features, .logits] }
  var statistics: Set<FitStatistic> {
    Self.normalises ? [.normalisedMoments, .normalisedClassMeans] : [.moments, .classMeans]
  }

  func fitted(to data: FitData) throws -> FittedScore {
    let gaussians = try GaussianClasses(
      data.moments(normalised: Self.normalises), data.classStatistics(normalised: Self.normalises),
      for: Self.description.name)
    // With one class, both distances are equal.
    guard !Self.isRelative || gaussians.classCount > 1 else {
      throw OddityError(
        .badData,
        "\(Self.description.name) compares the distance to a class with the distance to all images, but all "
          + "images of the fit part belong to one class: pass images of two or more classes with "
          + "\(.inDistribution) (in class folders, if the classifier predicts one class for all), or choose "
          + "mahalanobis")
    }
    let relation = Self.isRelative ? try gaussians.relation() : nil
    let state: [String: ScoreState.Value] = [
      "labels": gaussians.source, "directions": .number(Double(gaussians.whitening.count)),
      "classes": .number(Double(gaussians.classCount)),
    ]
    return FittedScore(state) { x in
      let features = Self.normalises ? x.features.normalised() : x.features
      let closeness =
        relation.map { gaussians.relativelyNearest(features, by: $0) } ?? gaussians.nearest(features)
      return closeness.flattened()
    }
  }
}

/// `max_c −(z − μ_c)ᵀP(z − μ_c)`, where P is the inverse of the shared covariance of all classes (Lee et al.,
/// NeurIPS 2018).
struct Mahalanobis: DistanceToGaussians {
  static let description = ScoreDescription(
    name: "mahalanobis", summary: "Mahalanobis distance to the nearest class",
    paper: "Lee et al., NeurIPS 2018",
    fits: "class means, shared covariance", cost: "a D×D product", networks: .features,
    composition: .distance, sign: .negative)
}

/// `max_c −MD_c(z) + MD_0(z)`, where MD_0 is the distance under one Gaussian over all images (Ren et al.,
/// 2021).
struct RelativeMahalanobis: DistanceToGaussians {
  static let description = ScoreDescription(
    name: "rmds", summary: "Mahalanobis distance to the nearest class minus the distance to all images",
    paper: "Ren et al., 2021", fits: "class means, shared and global covariance", cost: "a D×C product",
    networks: .features, composition: .distance)

  static let isRelative = true
}

/// Mahalanobis distance on z/‖z‖₂ (Müller & Hein, 2025).
struct MahalanobisPlusPlus: DistanceToGaussians {
  static let description = ScoreDescription(
    name: "mahalanobis++", summary: "Mahalanobis distance of normalised features",
    paper: "Müller & Hein, ICML 2025",
    fits: "class means, shared covariance of z/‖z‖", cost: "a D×D product", networks: .features,
    composition: .distance, sign: .negative)

  static let normalises = true
}

/// Relative Mahalanobis distance on z/‖z‖₂ (Müller & Hein, 2025).
struct RelativeMahalanobisPlusPlus: DistanceToGaussians {
  static let description = ScoreDescription(
    name: "rmds++", summary: "relative Mahalanobis distance of normalised features",
    paper: "Müller & Hein, ICML 2025", fits: "class means, shared and global covariance of z/‖z‖",
    cost: "a D×C product", networks: .features, composition: .distance)

  static let normalises = true
  static let isRelative = true
}
