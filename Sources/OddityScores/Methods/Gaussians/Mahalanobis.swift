import OddityClassifier
import ONNXGraph

/// A score of Gaussian classes.
private struct GaussianScore: FittedScore {
  let gaussians: GaussianClasses
  /// Whether features are divided by their norm.
  let normalises: Bool
  /// Whether the distance to all images is taken off.
  let isRelative: Bool

  var state: [String: ScoreState.Value] {
    [
      "labels": gaussians.source, "directions": .number(Double(gaussians.whitening.count)),
      "classes": .number(Double(gaussians.classCount)),
    ]
  }

  func score(_ x: ScoreInputs) -> Tensor {
    let features = normalises ? x.features.normalised() : x.features
    return (isRelative ? gaussians.relativelyNearest(features) : gaussians.nearest(features)).flattened()
  }
}

extension FitData {
  fileprivate func gaussians(
    normalised: Bool, for score: ScoreDescription, isRelative: Bool = false
  ) throws -> GaussianClasses {
    let gaussians = try GaussianClasses(
      moments(normalised: normalised), classStatistics(normalised: normalised), for: score.name)
    // With one class both distances are the same.
    guard !isRelative || gaussians.classCount > 1 else {
      throw OddityError(
        .badData,
        "\(score.name) compares the distance to a class with that to all images, and all images of the fit part are of one "
          + "class: give images of two classes or more with --id, in class folders where they are predicted alike, or choose "
          + "mahalanobis")
    }
    return gaussians
  }
}

/// `max_c −(z − μ_c)ᵀP(z − μ_c)`, P the inverse of the covariance that all classes share (Lee et al., NeurIPS 2018).
struct Mahalanobis: Score {
  static let description = ScoreDescription(
    name: "mahalanobis", summary: "Mahalanobis distance to the nearest class",
    paper: "Lee et al., NeurIPS 2018",
    fits: "class means, shared covariance", cost: "a D×D product", networks: .features, composition: .distance
  )

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.moments, .classMeans]

  let parameters: ScoreParameters

  func fitted(to data: FitData) throws -> any FittedScore {
    GaussianScore(
      gaussians: try data.gaussians(normalised: false, for: Self.description), normalises: false,
      isRelative: false)
  }
}

/// `max_c −MD_c(z) + MD_0(z)`, MD_0 the distance under one Gaussian over all images (Ren et al., 2021).
struct RelativeMahalanobis: Score {
  static let description = ScoreDescription(
    name: "rmds", summary: "Mahalanobis distance to the nearest class less that to all images",
    paper: "Ren et al., 2021", fits: "class means, shared and global covariance", cost: "a D×C product",
    networks: .features, composition: .distance)

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.moments, .classMeans]

  let parameters: ScoreParameters

  func fitted(to data: FitData) throws -> any FittedScore {
    GaussianScore(
      gaussians: try data.gaussians(normalised: false, for: Self.description, isRelative: true),
      normalises: false, isRelative: true)
  }
}

/// Mahalanobis distance on z/‖z‖₂ (Müller & Hein, 2025).
struct MahalanobisPlusPlus: Score {
  static let description = ScoreDescription(
    name: "mahalanobis++", summary: "Mahalanobis distance of normalised features",
    paper: "Müller & Hein, ICML 2025",
    fits: "class means, shared covariance of z/‖z‖", cost: "a D×D product", networks: .features,
    composition: .distance)

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.normalisedMoments, .normalisedClassMeans]

  let parameters: ScoreParameters

  func fitted(to data: FitData) throws -> any FittedScore {
    GaussianScore(
      gaussians: try data.gaussians(normalised: true, for: Self.description), normalises: true,
      isRelative: false)
  }
}

/// Relative Mahalanobis distance on z/‖z‖₂ (Müller & Hein, 2025).
struct RelativeMahalanobisPlusPlus: Score {
  static let description = ScoreDescription(
    name: "rmds++", summary: "relative Mahalanobis distance of normalised features",
    paper: "Müller & Hein, ICML 2025", fits: "class means, shared and global covariance of z/‖z‖",
    cost: "a D×C product", networks: .features, composition: .distance)

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.normalisedMoments, .normalisedClassMeans]

  let parameters: ScoreParameters

  func fitted(to data: FitData) throws -> any FittedScore {
    GaussianScore(
      gaussians: try data.gaussians(normalised: true, for: Self.description, isRelative: true),
      normalises: true, isRelative: true)
  }
}
