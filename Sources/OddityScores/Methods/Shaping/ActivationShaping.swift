import OddityClassifier
import ONNXGraph

/// How ASH changes the activations that it keeps.
private enum ActivationShape {
  /// Unchanged.
  case prune
  /// All equal, with the same sum as all activations before.
  case binarise
  /// Multiplied by `exp(s₁/s₂)`.
  case scale

  func applied(to features: Tensor, keeping kept: Int) -> Tensor {
    let before = features.sum(axis: 1, keep: true)
    let mask = features.isAmongLargest(kept)
    let pruned = features * mask
    switch self {
    case .prune: return pruned
    case .binarise: return mask * (before / Double(kept))
    case .scale: return pruned * Shaping.factor(before: before, after: pruned.sum(axis: 1, keep: true))
    }
  }
}

extension Tensor {
  /// 1 if a value is among the largest of its row, otherwise 0, [N, D]. Among equal values at the limit, the
  /// first columns count.
  ///
  /// Engines differ in which of equal values `TopK` finds first, so the values are counted instead.
  func isAmongLargest(_ count: Int) -> Tensor {
    let limit = largest(count, axis: 1).values.columns(count - 1..<count)
    let above = (self .> limit).cast(to: .float)
    let equal = (self .== limit).cast(to: .float)
    let room = Double(count) - above.sum(axis: 1, keep: true)
    let isKept = (.!(equal.cumulativeSum(axis: 1) .> room)).cast(to: .float)
    return above + equal * isKept
  }
}

/// Common parts of ASH and SCALE.
enum Shaping {
  static func percentile(_ standard: Double) -> Parameter<Double> {
    Parameter("percentile", "of the features; those below it become 0", default: standard, in: 0..<100)
  }

  /// D − round(p/100 · D), with halves to even; at least one if p is the default.
  ///
  /// - Throws: ``OddityError`` `.usage` if a p that was set keeps none.
  static func kept(
    of data: FitData, _ percentile: Parameter<Double>, for score: String
  ) throws(OddityError) -> Int {
    let count = data.sample.featureCount
    let percent = data.parameters[percentile]
    let kept = count - Int((percent / 100 * Double(count)).rounded(.toNearestOrEven))
    guard kept > 0 || !data.parameters.isSet(percentile) else {
      throw OddityError(
        .usage,
        "\(score).percentile=\(Numbers.shortest(percent)) keeps none of the \(count) features: choose a "
          + "smaller percentile"
      )
    }
    return max(kept, 1)
  }

  /// `exp(min(s₁/s₂, 80))`, or 1 if s₂ is zero, because then all features are zero.
  static func factor(before: Tensor, after: Tensor) -> Tensor {
    (before / after.atLeast(1e-12)).atMost(80).exp()
  }
}

/// ASH (Djurisic et al., ICLR 2023), in one of three forms: energy of features of which only the largest k
/// are kept.
///
/// s₁ is the sum before, and s₂ is the sum after. ASH-P does not change the kept features, ASH-B sets each to
/// s₁/k, and ASH-S multiplies them by exp(s₁/s₂). This exponent is clamped at 80, and is 0 if all features
/// are 0. k = D − round(p/100 · D).
private protocol ASHScore: LinearHeadScore {
  static var shape: ActivationShape { get }
}

extension ASHScore {
  fileprivate static var percentile: Parameter<Double> { Shaping.percentile(90) }

  fileprivate static func described(_ name: String, _ summary: String) -> ScoreDescription {
    ScoreDescription(
      name: name, summary: summary, paper: "Djurisic et al., ICLR 2023", networks: .linearHead,
      composition: .logits, forms: .energies, sign: .energy, parameters: [percentile])
  }

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let kept = try Shaping.kept(of: data, Self.percentile, for: Self.description.name)
    let nonNegative = NonNegativeFeatures(data)
    return FittedScore(nonNegative.state(with: ["kept": .number(Double(kept))])) { x in
      x.energy(head.logits(of: Self.shape.applied(to: nonNegative.features(x), keeping: kept)))
    }
  }
}

struct ASHP: ASHScore {
  static let description = described("ash-p", "energy of the largest features")
  fileprivate static let shape = ActivationShape.prune
}

struct ASHB: ASHScore {
  static let description = described("ash-b", "energy of the largest features, made equal")
  fileprivate static let shape = ActivationShape.binarise
}

struct ASHS: ASHScore {
  static let description = described("ash-s", "energy of the largest features, scaled")
  fileprivate static let shape = ActivationShape.scale
}
