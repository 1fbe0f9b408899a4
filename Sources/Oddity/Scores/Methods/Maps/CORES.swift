/// `m⁺·f⁺ + m⁻·f⁻` over the kernels K_ŷ with the largest weights for the predicted class: m⁺ the mean of
/// `relu(max F_c − τ⁺)`, f⁺ the share with `max F_c > τ⁺`; m⁻ the mean of `relu(τ⁻ − min F_c)`, f⁻ the share with
/// `min F_c < τ⁻` (Tang et al., *CORES*, CVPR 2024).
///
/// A reading: there is no code of the authors. Theirs goes back through several layers by the weights; this one sees the
/// last map F [C, H, W] only, as it is pooled. Behind a ReLU τ⁻ is mostly 0 and no minimum is below it:
/// the maxima alone then count. τ⁺ and τ⁻ are percentiles of all channels' maxima and minima of a sample.
struct CORES: Score {
  static let description = ScoreDescription(
    name: "cores", summary: "size and frequency of extreme responses of the predicted class's kernels",
    paper: "Tang et al., CVPR 2024", fits: "τ⁺ and τ⁻ on a sample of channels' maxima and minima",
    networks: .pooledFeatures,
    parameters: [
      ScoreParameter(
        "kernels", "share of the kernels that count, by their weights for the class", standard: 0.1,
        range: 0...1, excluding: [0]),
      ScoreParameter("upper", "percentile of maxima, which gives τ⁺", standard: 90, range: 0...100),
      ScoreParameter("lower", "percentile of minima, which gives τ⁻", standard: 10, range: 0...100),
    ])

  let taps: Set<Tap> = [.logits, .channelExtreme(.maximum), .channelExtreme(.minimum)]
  private let share: Double
  private let upper: Double
  private let lower: Double

  init(_ parameters: ScoreParameters) {
    share = parameters.number("kernels")
    (upper, lower) = (parameters.number("upper"), parameters.number("lower"))
  }

  func fitted(to data: FitData) throws -> any FittedScore {
    guard let head = data.head else { preconditionFailure("a linear head was asked for") }
    let name = Self.description.name
    return Fitted(
      upper: try (data.sample.extremes[.maximum] ?? []).percentile(upper, for: name),
      lower: try (data.sample.extremes[.minimum] ?? []).percentile(lower, for: name),
      kernels: max(1, Int((share * Double(head.features)).rounded())), head: head)
  }

  private struct Fitted: FittedScore {
    let upper: Double
    let lower: Double
    let kernels: Int
    let head: LinearHead

    var state: [String: ScoreState.Value] {
      ["upper": .number(upper), "lower": .number(lower), "kernels": .number(Double(kernels))]
    }

    func append(to nodes: inout ScoreNodes) -> String {
      let shares = nodes.rowOfPredictedClass(shares, width: head.features)
      let maxima = nodes.tensor(of: .channelExtreme(.maximum))
      let above = nodes.appendix.add("Sub", [maxima, nodes.number(upper)])
      let minima = nodes.tensor(of: .channelExtreme(.minimum))
      let below = nodes.appendix.add("Sub", [nodes.number(lower), minima])
      let positive = response(to: above, shares, in: &nodes)
      return nodes.appendix.add("Add", [positive, response(to: below, shares, in: &nodes)])
    }

    /// Mean excess times frequency, [N].
    private func response(to excess: String, _ shares: String, in nodes: inout ScoreNodes) -> String {
      let size = nodes.innerProduct(shares, nodes.appendix.add("Relu", [excess]))
      let exceeds = nodes.appendix.add("Greater", [excess, nodes.number(0)])
      let frequency = nodes.innerProduct(shares, nodes.appendix.cast(exceeds, to: .float))
      return nodes.appendix.add("Mul", [size, frequency])
    }

    /// 1/|K| for the kernels of each class, else 0; [C, D]. Of equal weights the first ones count.
    private var shares: [Float] {
      (0..<head.classes).flatMap { index in
        let row = Array(head.row(index))
        let order = row.indices.sorted { row[$0] == row[$1] ? $0 < $1 : row[$0] > row[$1] }
        let counted = Set(order.prefix(kernels))
        return row.indices.map { counted.contains($0) ? 1 / Float(kernels) : 0 }
      }
    }
  }
}

/// Which end of a channel's values over all positions.
enum ChannelExtreme: String, Hashable, Sendable, CaseIterable {
  case maximum, minimum
}
