import Foundation
import OddityClassifier
import ONNXGraph

/// How often in-distribution images bring each feature into its state: `mean_d coverage_d[bin(s_d)]` with `s
/// = sigmoid(α·z∘((p − 1/C)W))`, bins of equal width in [0, 1], and coverage `min(count/O, 1)` (Liu et al.,
/// *NAC*, ICLR 2024, for the last layer).
///
/// `(p − 1/C)W` is the gradient of the cross-entropy to uniform with respect to z. O is proportional to the
/// number of counted images. The score is a step function. If a state is on the edge of two bins, rounding in
/// the engine decides between them.
struct NeuronActivationCoverage: LinearHeadScore {
  static let description = ScoreDescription(
    name: "nac", summary: "how common the states of the features are", paper: "Liu et al., ICLR 2024",
    fits: "how often each feature is in each state, on a sample", networks: .linearHead,
    sign: .positive, parameters: [steepness, bins, filling])
  private static let steepness = Parameter<Double>(
    "alpha", "of the sigmoid that makes states", default: 100, in: 0..., excluding: [0])
  private static let bins = Parameter<Int>("bins", "of the states of a feature", default: 50, in: 1...1000)
  private static let filling = Parameter<Double>(
    "O", "images that fill a bin, of every 1,000", default: 50, in: 0..., excluding: [0])

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let states = FeatureStates(
      head: head, steepness: data.parameters[Self.steepness], bins: data.parameters[Self.bins])
    let filling = data.parameters[Self.filling] * Double(data.sample.count) / 1000
    let coverage = states.counts(data.sample).map { Float(min(Double($0) / filling, 1)) }
    return FittedScore(["filling": .number(filling), "images": .number(Double(data.sample.count))]) { x in
      states.meanEntry(coverage, x)
    }
  }
}

/// The states of features in NAC, in bins.
private struct FeatureStates {
  let head: LinearHead
  /// α
  let steepness: Double
  let bins: Int

  /// The number of rows that have each feature in each bin, [D, bins].
  func counts(_ table: FeatureTable) -> [Int] {
    var counts = Array(repeating: 0, count: head.features * bins)
    for row in 0..<table.count {
      for (feature, bin) in self.bins(z: table.feature(row), l: table.logit(row)).enumerated() {
        counts[feature * bins + bin] += 1
      }
    }
    return counts
  }

  /// The bin of each feature, in double precision.
  private func bins(z: ArraySlice<Float>, l: ArraySlice<Float>) -> [Int] {
    var slope = Array(repeating: 0.0, count: head.features)
    for (index, p) in Softmax.probabilities(l).enumerated() {
      let share = p - 1 / Double(head.classes)
      let start = index * head.features
      for d in 0..<head.features { slope[d] += share * Double(head.weights[start + d]) }
    }
    return zip(z, slope).map { value, slope in
      let state = 1 / (1 + exp(-steepness * Double(value) * slope))
      return min(Int((state * Double(bins)).rounded(.down)), bins - 1)
    }
  }

  /// The mean over features of a table's entries [D, bins] for their states, [N]; NaN for images whose
  /// features or logits are not finite.
  func meanEntry(_ table: [Float], _ x: ScoreInputs) -> Tensor {
    // Engines may turn the exponential of NaN into a number, so the inputs are checked instead.
    let isNumber = (x.features.abs().sum(axis: 1) + x.logits.abs().sum(axis: 1)).isFinite()
    let shares = x.logits.softmax(axis: 1) - 1 / Double(head.classes)
    let slope = shares.matmul(Tensor(head.weights, dims: [head.classes, head.features]))
    let states = 1 / ((-(x.features * slope * steepness)).exp() + 1)
    let known = isNumber.column().choose(states, else: 0)
    let bin = (known * Double(bins)).floor().atMost(Double(bins - 1)).cast(to: .int64)
    let starts = Tensor((0..<head.features).map { Int64($0 * bins) }, dims: [1, head.features])
    let entries = Tensor(table, dims: [table.count]).rows(at: bin + starts)
    return isNumber.choose(entries.mean(axis: 1), else: .nan)
  }
}
