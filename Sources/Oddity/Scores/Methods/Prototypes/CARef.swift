/// What CARef and CADRef have learnt of the classes.
private enum ClassAwareReference {
  /// Mean z of images predicted as each class; of a class that never is, the mean of all.
  static func means(_ data: FitData) throws -> [[Double]] {
    let mean = try data.mean()
    return data.classStatistics().predicted.means { _ in mean }
  }
}

/// `−‖z − μ_ŷ‖₁ / ‖z‖₁`, μ the mean z of images predicted as each class (Ling et al., *CADRef*, CVPR 2025).
struct CARef: Score {
  static let description = ScoreDescription(
    name: "caref", summary: "relative distance to the predicted class's mean",
    paper: "Ling et al., CVPR 2025",
    fits: "class means by predicted class", networks: .features, composition: .distance)

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.classMeans, .moments]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) throws -> any FittedScore {
    Fitted(means: try ClassAwareReference.means(data))
  }

  private struct Fitted: FittedScore {
    let means: [[Double]]

    func append(to nodes: inout ScoreNodes) -> String {
      let errors = nodes.appendix.add("Abs", [nodes.fromMeanOfPredictedClass(means)])
      let sum = nodes.appendix.reduce(.sum, errors, axes: [1])
      let share = nodes.appendix.add("Div", [sum, nodes.absoluteSum(nodes.features)])
      return nodes.appendix.add("Neg", [share])
    }
  }
}

/// `−(e⁺/S(l) + e⁻/mean S)`, `e± = Σ relu(±sign(w_ŷ)(z − μ_ŷ)) / ‖z‖₁`, S = softplus(energy) (Ling et al., *CADRef*, CVPR
/// 2025): errors that raise the predicted logit count less the surer the classifier is.
struct CADRef: Score {
  static let description = ScoreDescription(
    name: "cadref", summary: "distance to the predicted class's mean, by the sign of its weights",
    paper: "Ling et al., CVPR 2025", fits: "class means by predicted class, mean energy",
    networks: .linearHead,
    composition: .distance)

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.classMeans, .moments]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) throws -> any FittedScore {
    guard let head = data.head else { preconditionFailure("a linear head was asked for") }
    let table = data.sample
    let energies = (0..<table.count).map { EnergyValue.positive(table.logit($0), data.form) }
    return Fitted(
      means: try ClassAwareReference.means(data),
      signs: head.weights.map { $0 == 0 ? 0 : $0 > 0 ? 1 : -1 },
      meanEnergy: energies.reduce(0, +) / Double(max(energies.count, 1)))
  }

  private struct Fitted: FittedScore {
    let means: [[Double]]
    let signs: [Float]
    let meanEnergy: Double

    var state: [String: ScoreState.Value] { ["mean_energy": .number(meanEnergy)] }

    func append(to nodes: inout ScoreNodes) -> String {
      let signs = nodes.rowOfPredictedClass(signs, width: means[0].count)
      let signed = nodes.appendix.add("Mul", [signs, nodes.fromMeanOfPredictedClass(means)])
      let total = nodes.absoluteSum(nodes.features)
      let raising = share(nodes.appendix.add("Relu", [signed]), of: total, in: &nodes)
      let lowering = share(
        nodes.appendix.add("Relu", [nodes.appendix.add("Neg", [signed])]), of: total, in: &nodes)
      let byEnergy = nodes.appendix.add("Div", [raising, nodes.positiveEnergy()])
      let mean = nodes.appendix.constant([Float(meanEnergy)], dims: [1])
      let sum = nodes.appendix.add("Add", [byEnergy, nodes.appendix.add("Div", [lowering, mean])])
      return nodes.appendix.add("Neg", [sum])
    }

    private func share(_ errors: String, of total: String, in nodes: inout ScoreNodes) -> String {
      nodes.appendix.add("Div", [nodes.appendix.reduce(.sum, errors, axes: [1]), total])
    }
  }
}
