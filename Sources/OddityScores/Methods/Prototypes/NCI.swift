import ONNXGraph

/// `⟨w_ŷ, z − μ⟩ / ‖z − μ‖ + α‖z‖₁`: closeness to the class's weight vector (Liu & Qin, *NCI*, CVPR 2025).
struct NCI: LinearHeadScore {
  static let description = ScoreDescription(
    name: "nci", summary: "closeness of the features to the predicted class's weights",
    paper: "Liu & Qin, CVPR 2025", fits: "the mean of z", networks: .linearHead,
    sign: .signed(), parameters: [alpha])
  private static let alpha = Parameter<Double>("alpha", "weight of the L1 norm", default: 1e-4, in: 0...)

  let statistics: Set<FitStatistic> = [.mean]

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let mean = try data.mean()
    return FittedScore { [alpha = data.parameters[Self.alpha]] x in
      let centred = x.features.centred(about: mean)
      let projection = x.rowOfPredictedClass(head.weights, width: mean.count).dot(centred)
      return projection / centred.norm(axis: 1).atLeast(1e-12) + x.features.abs().sum(axis: 1) * alpha
    }
  }
}
