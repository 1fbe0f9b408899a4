/// `‖a‖₁ / ‖a‖₀` of the penultimate activations (Park et al., *Understanding the Feature Norm*, ICCV 2023); 0 where all
/// are zero.
struct NegativeAwareNorm: Score {
  static let description = ScoreDescription(
    name: "nan", summary: "norm of the features over how many are active", paper: "Park et al., ICCV 2023",
    networks: .features, forms: .any)

  let taps: Set<Tap> = [.features]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) -> any FittedScore { Fitted(nonNegative: NonNegativeFeatures(data)) }

  private struct Fitted: FittedScore {
    let nonNegative: NonNegativeFeatures

    var state: [String: ScoreState.Value] { nonNegative.state }

    func append(to nodes: inout ScoreNodes) -> String {
      let features = nonNegative.append(to: &nodes)
      let sum = nodes.appendix.reduce(.sum, features, axes: [1])
      let isActive = nodes.appendix.add("Greater", [features, nodes.number(0)])
      let active = nodes.appendix.reduce(.sum, nodes.appendix.cast(isActive, to: .float), axes: [1])
      let one = nodes.appendix.constant([Float(1)], dims: [1])
      return nodes.appendix.add("Div", [sum, nodes.appendix.add("Max", [active, one])])
    }
  }
}
