import ONNXGraph

/// `m⁺·f⁺ + m⁻·f⁻` over the kernels K_ŷ with the largest weights for the predicted class. m⁺ is the mean of
/// `relu(max F_c − τ⁺)`, and f⁺ is the share with `max F_c > τ⁺`. m⁻ is the mean of `relu(τ⁻ − min F_c)`, and
/// f⁻ is the share with `min F_c < τ⁻` (Tang et al., *CORES*, CVPR 2024).
///
/// This is an interpretation, because the authors have not published code. Their score goes back through
/// several layers by the weights. This one uses only the last map F [C, H, W], as it is pooled. After a ReLU,
/// τ⁻ is mostly 0 and no minimum is below it, so only the maxima count. τ⁺ and τ⁻ are percentiles of all
/// channels' maxima and minima in a sample.
struct CORES: LinearHeadScore {
  static let description = ScoreDescription(
    name: "cores", summary: "size and frequency of extreme responses of the predicted class's kernels",
    paper: "Tang et al., CVPR 2024", fits: "τ⁺ and τ⁻ on a sample of channels' maxima and minima",
    networks: .pooledFeatures,
    parameters: [kernels, upper, lower])
  private static let kernels = Parameter<Double>(
    "kernels", "share of the kernels that count, by their weights for the class", default: 0.1, in: 0...1,
    excluding: [0])
  private static let upper = Parameter<Double>(
    "upper", "percentile of maxima, which gives τ⁺", default: 90, in: 0...100)
  private static let lower = Parameter<Double>(
    "lower", "percentile of minima, which gives τ⁻", default: 10, in: 0...100)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> {
    [.logits, Self.maxima, Self.minima]
  }

  private static let maxima = Tap.channels(.maximum, .last)
  private static let minima = Tap.channels(.minimum, .last)

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let name = Self.description.name
    let upper = try data.sample.values(Self.maxima).percentile(data.parameters[Self.upper], for: name)
    let lower = try data.sample.values(Self.minima).percentile(data.parameters[Self.lower], for: name)
    let kernels = max(1, Int((data.parameters[Self.kernels] * Double(head.features)).rounded()))
    let shares = Self.shares(head, kernels: kernels)
    return FittedScore(
      ["upper": .number(upper), "lower": .number(lower), "kernels": .number(Double(kernels))]
    ) { x in
      let shares = x.rowOfPredictedClass(shares, width: head.features)
      /// The mean excess times the frequency, [N].
      func response(to excess: Tensor) -> Tensor {
        shares.dot(excess.relu()) * shares.dot((excess .> 0).cast(to: .float))
      }
      return response(to: x[Self.maxima] - upper)
        + response(to: lower - x[Self.minima])
    }
  }

  /// 1/|K| for the kernels of each class, otherwise 0; [C, D]. Among equal weights, the first ones count.
  private static func shares(_ head: LinearHead, kernels: Int) -> [Float] {
    (0..<head.classes).flatMap { index in
      let row = Array(head.row(index))
      let counted = Set(row.indices.sorted { row[$0] > row[$1] }.prefix(kernels))
      return row.indices.map { counted.contains($0) ? 1 / Float(kernels) : 0 }
    }
  }
}
