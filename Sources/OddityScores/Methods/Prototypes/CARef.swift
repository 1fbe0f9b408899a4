import ONNXGraph

extension FitData {
  /// The mean z of images predicted as each class. For a class that is never predicted, it is the mean of all
  /// images.
  fileprivate func meansOfPredictedClasses() throws -> [[Double]] {
    let mean = try mean()
    return classStatistics().predicted.means { _ in mean }
  }
}

/// `−‖z − μ_ŷ‖₁ / ‖z‖₁`, where μ is the mean z of images predicted as each class (Ling et al., *CADRef*, CVPR
/// 2025).
struct CARef: Score {
  static let description = ScoreDescription(
    name: "caref", summary: "relative distance to the predicted class's mean",
    paper: "Ling et al., CVPR 2025",
    fits: "class means by predicted class", networks: .features, composition: .distance, sign: .negative)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features, .logits] }
  let statistics: Set<FitStatistic> = [.classMeans, .mean]

  func fitted(to data: FitData) throws -> FittedScore {
    let means = try data.meansOfPredictedClasses()
    return FittedScore { x in
      -(x.fromMeanOfPredictedClass(means).abs().sum(axis: 1) / x.features.absoluteSum())
    }
  }
}

/// `−(e⁺/S(l) + e⁻/mean S)`, `e± = Σ relu(±sign(w_ŷ)(z − μ_ŷ)) / ‖z‖₁`, S = softplus(energy) (Ling et al.,
/// *CADRef*, CVPR 2025). Errors that increase the predicted logit count less for a more confident classifier.
struct CADRef: LinearHeadScore {
  static let description = ScoreDescription(
    name: "cadref", summary: "distance to the predicted class's mean, by the sign of its weights",
    paper: "Ling et al., CVPR 2025", fits: "class means by predicted class, mean energy",
    networks: .linearHead,
    composition: .distance, sign: .negative)

  let statistics: Set<FitStatistic> = [.classMeans, .mean]

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let table = data.sample
    let energies = (0..<table.count).map { EnergyValue.positive(table.logit($0), data.form) }
    let meanEnergy = energies.reduce(0, +) / Double(max(energies.count, 1))
    let means = try data.meansOfPredictedClasses()
    let signs: [Float] = head.weights.map { $0 == 0 ? 0 : $0 > 0 ? 1 : -1 }
    return FittedScore(["mean_energy": .number(meanEnergy)]) { x in
      let signs = x.rowOfPredictedClass(signs, width: means[0].count)
      let signed = signs * x.fromMeanOfPredictedClass(means)
      let total = x.features.absoluteSum()
      let raising = signed.relu().sum(axis: 1) / total
      let lowering = (-signed).relu().sum(axis: 1) / total
      return -(raising / x.positiveEnergy + lowering / meanEnergy)
    }
  }
}
