/// What ASH does to the activations that it keeps.
private enum Shape {
  /// As they are.
  case prune
  /// All the same, with the sum of all as theirs.
  case binarise
  /// Times `exp(s₁/s₂)`.
  case scale
}

/// ASH (Djurisic et al., ICLR 2023): energy of features of which the largest k are kept.
///
/// s₁ is the sum before, s₂ after. ASH-P leaves the kept ones, ASH-B sets each to s₁/k, ASH-S multiplies them by
/// exp(s₁/s₂), an exponent that is clamped at 80 and 0 where all features are. k = D − round(p/100 · D).
private struct ActivationShaping: FittedScore {
  let shape: Shape
  let kept: Int
  let nonNegative: NonNegativeFeatures

  var state: [String: ScoreState.Value] {
    nonNegative.state.merging(["kept": .number(Double(kept))]) { own, _ in own }
  }

  /// - Throws: ``OddityError`` `.usage` where nothing would be kept.
  init(_ shape: Shape, _ name: String, parameters: ScoreParameters, data: FitData) throws(OddityError) {
    self.shape = shape
    kept = try Shaping.kept(of: data, parameters, name: name)
    nonNegative = NonNegativeFeatures(data)
  }

  func append(to nodes: inout ScoreNodes) -> String {
    let features = nonNegative.append(to: &nodes)
    let before = nodes.appendix.reduce(.sum, features, axes: [1], keep: true)
    let mask = nodes.isAmongLargest(features, count: kept)
    let pruned = nodes.appendix.add("Mul", [features, mask])
    switch shape {
    case .prune: return nodes.energy(ofFeatures: pruned)
    case .binarise:
      let share = nodes.appendix.add("Div", [before, nodes.number(Double(kept))])
      return nodes.energy(ofFeatures: nodes.appendix.add("Mul", [mask, share]))
    case .scale:
      let after = nodes.appendix.reduce(.sum, pruned, axes: [1], keep: true)
      let factor = nodes.scaleFactor(before: before, after: after)
      return nodes.energy(ofFeatures: nodes.appendix.add("Mul", [pruned, factor]))
    }
  }
}

extension ScoreNodes {
  /// 1 where a value is among the largest of its row, else 0, [N, D]; of equals at the limit the first columns.
  ///
  /// Engines do not agree on which of equals `TopK` finds first, so they are counted.
  fileprivate mutating func isAmongLargest(_ rows: String, count: Int) -> String {
    let top = topValues(rows, count: count)
    let limit = appendix.columns(count - 1..<count, of: top)
    let above = appendix.cast(appendix.add("Greater", [rows, limit]), to: .float)
    let equal = appendix.cast(appendix.add("Equal", [rows, limit]), to: .float)
    let axis = appendix.constant([Int64(1)], dims: [1])
    let rank = appendix.add("CumSum", [equal, appendix.reshape(axis, to: [])])
    let room = appendix.add(
      "Sub", [number(Double(count)), appendix.reduce(.sum, above, axes: [1], keep: true)])
    let isKept = appendix.cast(appendix.add("Not", [appendix.add("Greater", [rank, room])]), to: .float)
    return appendix.add("Add", [above, appendix.add("Mul", [equal, isKept])])
  }
}

/// What ASH and SCALE share.
enum Shaping {
  static func parameters(_ percentile: Double) -> [ScoreParameter] {
    [
      ScoreParameter(
        "percentile", "of the features, which go", standard: percentile, range: 0...100, excluding: [100])
    ]
  }

  /// D − round(p/100 · D), halves to even; at least one where p is the standard.
  ///
  /// - Throws: ``OddityError`` `.usage` where a p that was set keeps none.
  static func kept(
    of data: FitData, _ parameters: ScoreParameters, name: String
  ) throws(OddityError) -> Int {
    let count = data.sample.featureCount
    let percentile = parameters.number("percentile")
    let kept = count - Int((percentile / 100 * Double(count)).rounded(.toNearestOrEven))
    guard kept > 0 || !parameters.isSet("percentile") else {
      throw OddityError(
        .usage,
        "\(name).percentile=\(Numbers.shortest(percentile)) keeps none of \(count) features: choose a smaller one"
      )
    }
    return max(kept, 1)
  }
}

extension ScoreNodes {
  /// `exp(min(s₁/s₂, 80))`; 1 where s₂ is zero, as all features then are.
  mutating func scaleFactor(before: String, after: String) -> String {
    let divisor = appendix.add("Max", [after, number(1e-12)])
    let exponent = appendix.add("Min", [appendix.add("Div", [before, divisor]), number(80)])
    return appendix.add("Exp", [exponent])
  }
}

struct ASHP: Score {
  static let description = ScoreDescription(
    name: "ash-p", summary: "energy of the largest features", paper: "Djurisic et al., ICLR 2023",
    networks: .linearHead, composition: .logits, forms: .energies, parameters: Shaping.parameters(90))

  let taps: Set<Tap> = [.features, .logits]
  private let parameters: ScoreParameters

  init(_ parameters: ScoreParameters) { self.parameters = parameters }

  func fitted(to data: FitData) throws -> any FittedScore {
    try ActivationShaping(.prune, Self.description.name, parameters: parameters, data: data)
  }
}

struct ASHB: Score {
  static let description = ScoreDescription(
    name: "ash-b", summary: "energy of the largest features, made equal", paper: "Djurisic et al., ICLR 2023",
    networks: .linearHead, composition: .logits, forms: .energies, parameters: Shaping.parameters(90))

  let taps: Set<Tap> = [.features, .logits]
  private let parameters: ScoreParameters

  init(_ parameters: ScoreParameters) { self.parameters = parameters }

  func fitted(to data: FitData) throws -> any FittedScore {
    try ActivationShaping(.binarise, Self.description.name, parameters: parameters, data: data)
  }
}

struct ASHS: Score {
  static let description = ScoreDescription(
    name: "ash-s", summary: "energy of the largest features, scaled", paper: "Djurisic et al., ICLR 2023",
    networks: .linearHead, composition: .logits, forms: .energies, parameters: Shaping.parameters(90))

  let taps: Set<Tap> = [.features, .logits]
  private let parameters: ScoreParameters

  init(_ parameters: ScoreParameters) { self.parameters = parameters }

  func fitted(to data: FitData) throws -> any FittedScore {
    try ActivationShaping(.scale, Self.description.name, parameters: parameters, data: data)
  }
}
