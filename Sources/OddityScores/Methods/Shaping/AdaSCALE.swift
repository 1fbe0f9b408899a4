import Foundation
import OddityClassifier
import ONNXGraph

/// SCALE with a separate percentile for each image. The percentile depends on how far the features move when
/// noise is added to the image (Regmi, *AdaSCALE*, arXiv 2503.08023, 2025).
///
/// With a = z(x) and a′ = z(x′), where x′ is a ``NoisyImage``: `Q′ = 10·Σ |a′ − a|` over the largest 1 % of
/// a, plus `Σ relu(a′)` over the largest 5 %; `P = pmin + (1 − F(Q′))·(pmax − pmin)`, where F is the
/// distribution function of Q′ on a sample of the fit part; `r = Σa / Σ_{a > P-th percentile of a} a`. The
/// authors change the values with the smallest gradient. Random values need no backward pass.
private protocol AdaptiveScale: LinearHeadScore {
  static var scaling: AdaptiveScaling { get }
}

/// The target of the scaling by r.
private enum AdaptiveScaling {
  /// The features, by e^r.
  case activations
  /// The logits, by r².
  case logits
}

struct AdaSCALEA: AdaptiveScale {
  static let description = described("adascale-a", "energy of features scaled by how far noise moves them")
  fileprivate static let scaling = AdaptiveScaling.activations
}

struct AdaSCALEL: AdaptiveScale {
  static let description = described(
    "adascale-l", "energy of logits scaled by how far noise moves the features")
  fileprivate static let scaling = AdaptiveScaling.logits
}

extension AdaptiveScale {
  fileprivate static func described(_ name: String, _ summary: String) -> ScoreDescription {
    ScoreDescription(
      name: name, summary: summary, paper: "Regmi, arXiv 2503.08023, 2025",
      fits: "Q′ on a sample of noisy images",
      cost: "a second forward pass", networks: .linearHead, forms: .energies, sign: .energy,
      parameters: [lowest, highest, epsilon, share])
  }

  private static var lowest: Parameter<Double> {
    Parameter("pmin", "percentile for images that noise moves most", default: 75, in: 0..<100)
  }
  private static var highest: Parameter<Double> {
    Parameter("pmax", "percentile for images that noise moves least", default: 85, in: 0..<100)
  }
  private static var epsilon: Parameter<Double> {
    Parameter(
      "epsilon", "size of the noise, in units of normalised values", default: 0.5, in: 0...10, excluding: [0])
  }
  private static var share: Parameter<Double> {
    Parameter(
      "share", "of an image's values that noise is added to", default: 0.05, in: 0...1, excluding: [0])
  }

  private static func image(_ parameters: ScoreParameters) -> NoisyImage {
    NoisyImage(epsilon: parameters[epsilon], share: parameters[share], seed: parameters.seed)
  }

  func taps(_ parameters: ScoreParameters) -> Set<Tap> {
    [.features, .logits, .noisyFeatures(Self.image(parameters))]
  }

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let (lowest, highest) = (data.parameters[Self.lowest], data.parameters[Self.highest])
    let name = Self.description.name
    guard lowest <= highest else {
      throw OddityError(
        .usage,
        "\(name).pmin=\(Numbers.shortest(lowest)) is above \(name).pmax=\(Numbers.shortest(highest)): choose "
          + "pmin ≤ pmax"
      )
    }
    guard head.features > 1 else {
      throw OddityError(
        .usage,
        "\(name) takes a percentile of an image's features, but this network has only one feature: choose "
          + "energy")
    }
    let image = Self.image(data.parameters)
    let nonNegative = NonNegativeFeatures(data)
    let movement = FeatureMovement(features: head.features)
    let known = movement.values(
      of: data.sample, noisy: data.sample.values(.noisyFeatures(image)), nonNegative: nonNegative)
    guard !known.isEmpty else {
      throw OddityError(.badData, "\(name) cannot learn, because the fit part has no image: pass more images")
    }
    let kept = PercentileTable(
      lowest: lowest, highest: highest, steps: known.count, features: head.features)
    let scaling = Self.scaling
    let state = nonNegative.state(with: [
      "images": .number(Double(known.count)), "pmin": .number(lowest), "pmax": .number(highest),
      "epsilon": .number(image.epsilon),
    ])
    return FittedScore(state) { x in
      let features = nonNegative.features(x)
      let moved = movement.value(of: features, noisy: nonNegative.applied(to: x[.noisyFeatures(image)]))
      let after = kept.sumAbove(features, at: moved.countAtMost(known))
      let before = features.sum(axis: 1, keep: true)
      switch scaling {
      case .activations:
        return x.energy(head.logits(of: features * Shaping.factor(before: before, after: after)))
      case .logits: return x.energy(x.logits * (before / after.atLeast(1e-12)).atMost(80).squared())
      }
    }
  }
}

/// Q′: how far noise moves the largest features, and their size afterwards.
private struct FeatureMovement {
  /// The number of the largest features whose movement is used, and the number of those that are summed.
  let moving: Int
  let summed: Int

  init(features: Int) {
    moving = max(1, features / 100)
    summed = max(1, features / 20)
  }

  /// Q′ of each image, [N].
  func value(of features: Tensor, noisy: Tensor) -> Tensor {
    let movement = (noisy - features).abs() * features.isAmongLargest(moving)
    let size = noisy.relu() * features.isAmongLargest(summed)
    return movement.sum(axis: 1) * 10 + size.sum(axis: 1)
  }

  /// Q′ of a sample, in ascending order.
  func values(of table: FeatureTable, noisy: [Float], nonNegative: NonNegativeFeatures) -> [Float] {
    let width = table.featureCount
    return (0..<table.count).map { row in
      let features = nonNegative.applied(to: Array(table.feature(row)))
      let moved = nonNegative.applied(to: Array(noisy[row * width..<(row + 1) * width]))
      // Among equal features the first ones count, as in the graph.
      let order = features.indices.sorted { (-features[$0], $0) < (-features[$1], $1) }
      let movement = order.prefix(moving).reduce(0.0) { $0 + abs(Double(moved[$1]) - Double(features[$1])) }
      let size = order.prefix(summed).reduce(0.0) { $0 + Double(max(moved[$1], 0)) }
      return Float(10 * movement + size)
    }.sorted()
  }
}

/// How many features lie above the percentile of an image, for each value of the distribution function.
///
/// `a > percentile` means `a > a_(⌊h⌋)`, the value below the percentile's position `h = P/100·(D − 1)` in
/// ascending order, so no interpolation is needed. F takes the values k/n, so ⌊h⌋ can be stored in a table.
private struct PercentileTable {
  /// The position, in descending order, of the largest feature that is not above the percentile, for F = 0,
  /// 1/n, …, 1.
  let places: [Int64]

  init(lowest: Double, highest: Double, steps: Int, features: Int) {
    places = (0...steps).map { step in
      let percentile = lowest + (1 - Double(step) / Double(steps)) * (highest - lowest)
      return Int64(features - 1 - Int((percentile / 100 * Double(features - 1)).rounded(.down)))
    }
  }

  /// The sum of the features above the percentile, [N, 1].
  ///
  /// - Parameter steps: for each image, the number of known Q′ that are at most its own, int64 [N].
  func sumAbove(_ features: Tensor, at steps: Tensor) -> Tensor {
    let count = Int(places.max() ?? 0) + 1
    let largest = features.largest(count, axis: 1).values
    let place = Tensor(places, dims: [places.count]).rows(at: steps).column()
    let isLimit = (Tensor((0..<Int64(count)).map { $0 }, dims: [1, count]) .== place).cast(to: .float)
    let limit = (largest * isLimit).sum(axis: 1, keep: true)
    return (largest * (largest .> limit).cast(to: .float)).sum(axis: 1, keep: true)
  }
}
