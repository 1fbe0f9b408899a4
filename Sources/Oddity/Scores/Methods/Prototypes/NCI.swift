/// `⟨w_ŷ, z − μ⟩ / ‖z − μ‖ + α‖z‖₁`: closeness to the class's weight vector (Liu & Qin, *NCI*, CVPR 2025).
struct NCI: Score {
  static let description = ScoreDescription(
    name: "nci", summary: "closeness of the features to the predicted class's weights",
    paper: "Liu & Qin, CVPR 2025", fits: "the mean of z", networks: .linearHead,
    parameters: [
      ScoreParameter(
        "alpha", "weight of the L1 norm", standard: 1e-4, range: 0...Double.greatestFiniteMagnitude)
    ])

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.moments]
  private let alpha: Double

  init(_ parameters: ScoreParameters) { alpha = parameters.number("alpha") }

  func fitted(to data: FitData) throws -> any FittedScore {
    guard let head = data.head else { preconditionFailure("a linear head was asked for") }
    return Fitted(mean: try data.mean(), weights: head.weights, alpha: alpha)
  }

  private struct Fitted: FittedScore {
    let mean: [Double]
    let weights: [Float]
    let alpha: Double

    func append(to nodes: inout ScoreNodes) -> String {
      let features = nodes.features
      let centred = nodes.centred(features, about: mean)
      let weights = nodes.rowOfPredictedClass(weights, width: mean.count)
      let projection = nodes.innerProduct(weights, centred)
      let length = nodes.norm(centred)
      let least = nodes.appendix.constant([Float(1e-12)], dims: [1])
      let closeness = nodes.appendix.add("Div", [projection, nodes.appendix.add("Max", [length, least])])
      let sum = nodes.appendix.reduce(.sum, nodes.appendix.add("Abs", [features]), axes: [1])
      let weighted = nodes.appendix.add("Mul", [sum, nodes.appendix.constant([Float(alpha)], dims: [1])])
      return nodes.appendix.add("Add", [closeness, weighted])
    }
  }
}
