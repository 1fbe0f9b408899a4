import Foundation
import OddityClassifier
import ONNXGraph

/// `−min_c KL(p ‖ d_c)`, where d_c is the mean softmax of held-out images predicted as c (Hendrycks et al.,
/// ICML 2022).
///
/// A class that is not predicted for any held-out image has no template and is left out of the minimum.
struct KLMatching: Score {
  static let description = ScoreDescription(
    name: "klm", summary: "KL divergence of the softmax to the nearest class template",
    paper: "Hendrycks et al., ICML 2022", fits: "templates on the select part", sign: .negative)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits] }

  func fitted(to data: FitData) throws -> FittedScore {
    let templates = Self.templates(data.select)
    guard !templates.isEmpty else {
      throw OddityError(
        .badData,
        "klm learns its templates on the select part, which is empty: pass more images with "
          + "\(.inDistribution)")
    }
    let columns = (0..<data.classes).flatMap { index in templates.map { Float($0[index]) } }
    let logTemplates = Tensor(columns, dims: [data.classes, templates.count])
    // `KL(p ‖ d) = Σ p log p − Σ p log d`
    return FittedScore(["templates": .number(Double(templates.count))]) { x in
      let logP = x.logits.logSoftmax(axis: 1)
      let p = logP.exp()
      return (-((p * logP).sum(axis: 1, keep: true) - p.matmul(logTemplates))).max(axis: 1)
    }
  }

  /// `log d_c` of every class that is predicted.
  private static func templates(_ table: FeatureTable) -> [[Double]] {
    var sums: [Int: (sum: [Double], count: Int)] = [:]
    for row in 0..<table.count {
      let p = Softmax.probabilities(table.logit(row))
      let known = sums[table.predicted[row]] ?? (Array(repeating: 0, count: p.count), 0)
      sums[table.predicted[row]] = (zip(known.sum, p).map { $0 + $1 }, known.count + 1)
    }
    return sums.sorted { $0.key < $1.key }.map { _, template in
      template.sum.map { log(max($0 / Double(template.count), Double.leastNormalMagnitude)) }
    }
  }
}

/// Softmax in double precision, for fitting.
enum Softmax {
  static func probabilities(_ logits: some Collection<Float>) -> [Double] {
    let largest = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
