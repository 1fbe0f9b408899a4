import Foundation
import OddityClassifier
import ONNXGraph

/// `log((1 − P)/P)`, where P is the probability of the unknown class of OpenMax (Bendale & Boult, CVPR 2016,
/// alg. 1 and 2).
///
/// The i-th largest of the α largest logits, of class c, becomes `l̂_c = l_c(1 − ω_i·F_c(‖l − μ_c‖₂))`, `ω_i
/// = (α + 1 − i)/α`. The unknown class gets the sum of their losses, `l̂_0 = Σ l_c − l̂_c`, and `P = exp l̂_0
/// / (exp l̂_0 + Σ exp l̂_c)`. The score is therefore `logsumexp(l̂) − l̂_0`, which ranks like 1 − P but does
/// not saturate. μ_c is the mean of the logits of correctly classified images of a class, and F_c is a
/// Weibull distribution of the largest of their distances to it.
///
/// The location of F_c is zero. libMR, which the authors use, first shifts distances by a constant. A class
/// with fewer than two different distances is not recalibrated.
struct OpenMax: Score {
  static let description = ScoreDescription(
    name: "openmax", summary: "odds against the unknown class of Weibull-recalibrated logits",
    paper: "Bendale & Boult, CVPR 2016", fits: "class means of logits, Weibull distributions on a sample",
    sign: .signed(), parameters: [alpha, tail])
  private static let alpha = Parameter<Int?>(
    "alpha", "how many of the largest logits are recalibrated", default: "min(3, classes)")
  private static let tail = Parameter<Int>(
    "tail", "largest distances of a class that its distribution is fitted to", default: 20,
    in: 2...FitData.sampleSize)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits] }

  func fitted(to data: FitData) throws -> FittedScore {
    let alpha = data.parameters[Self.alpha] ?? min(3, data.classes)
    guard alpha <= data.classes else {
      throw OddityError(
        .usage,
        "openmax.alpha=\(alpha): the classifier has \(data.classes) classes, so alpha is a whole number "
          + "from 1 to \(data.classes)")
    }
    let table = data.sample
    let labels = table.labels
    let correct = Dictionary(grouping: labels.indices.filter { labels[$0] == table.predicted[$0] }) {
      labels[$0]
    }
    let classes = (0..<data.classes).map { index in
      LogitClass(
        (correct[index] ?? []).map { table.logit($0) }, width: data.classes,
        tail: data.parameters[Self.tail])
    }
    let state: [String: ScoreState.Value] = [
      "alpha": .number(Double(alpha)), "labels": .text(table.isLabelled ? "true" : "predicted"),
      "classes": .number(Double(classes.count { $0.tail != nil })),
    ]
    return FittedScore(state) { x in
      let top = x.logits.largest(alpha, axis: 1)
      let ranks = (0..<alpha).map { Double(alpha - $0) / Double(alpha) }
      let lost = top.values * (classes.outlyingness(of: x.logits, at: top.indices) * Tensor(row: ranks))
      let recalibrated = x.logits.replacing(at: top.indices, axis: 1, with: top.values - lost)
      return x.energy(recalibrated) - lost.sum(axis: 1)
    }
  }
}

extension [LogitClass] {
  /// `F_c(‖l − μ_c‖)` of the classes with the largest logits, [N, α].
  fileprivate func outlyingness(of logits: Tensor, at indices: Tensor) -> Tensor {
    let means = Tensor(flatMap { $0.mean.map { Float($0) } }, dims: [count, count])
    let differences = logits.reshaped([-1, 1, count]) - means.rows(at: indices)
    // (d/λ)^k = exp(k(log d − log λ)). Without a distribution, log λ is infinite and F is zero.
    let logScales = Tensor(map { Float($0.tail.map { log($0.scale) } ?? .infinity) })
    let shapes = Tensor(map { Float($0.tail?.shape ?? 1) })
    let ratios = differences.norm(axis: 2).log() - logScales.rows(at: indices)
    return 1 - (-(ratios * shapes.rows(at: indices)).exp()).exp()
  }
}

/// The learnt data of a class.
private struct LogitClass: Sendable {
  /// μ, [C]; zeros if no image is correctly classified.
  let mean: [Double]
  /// The distribution of the largest distances to the mean; `nil` if they do not determine one.
  let tail: WeibullDistribution?

  init(_ rows: [ArraySlice<Float>], width: Int, tail count: Int) {
    var mean = [Double](repeating: 0, count: width)
    for row in rows {
      for (position, value) in row.enumerated() { mean[position] += Double(value) / Double(rows.count) }
    }
    let distances = rows.map { row in
      zip(row, mean).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }.squareRoot()
    }
    self.mean = mean
    tail = WeibullDistribution(fittedTo: Array(distances.sorted(by: >).prefix(count)))
  }
}

/// A Weibull distribution with its location at zero, `F(x) = 1 − exp(−(x/λ)^k)`.
struct WeibullDistribution: Sendable {
  /// k
  let shape: Double
  /// λ
  let scale: Double

  /// Values that differ by less than this shape can resolve count as equal, because `(x/λ)^k` in single
  /// precision has no more digits.
  static let largestShape = 1_000.0

  /// The maximum-likelihood fit: k solves `Σ x^k log x / Σ x^k − 1/k = mean log x`, whose left side increases
  /// with k, and `λ^k = mean x^k`.
  ///
  /// - Returns: nil if fewer than two values are distinct and positive. Zeros are left out, because their
  ///   likelihood is not defined.
  init?(fittedTo values: [Double]) {
    let positive = values.filter { $0 > 0 }
    guard let largest = positive.max(), let smallest = positive.min(), smallest < largest else { return nil }
    // Relative to the maximum, so that no power overflows.
    let logs = positive.map { log($0 / largest) }
    let mean = logs.reduce(0, +) / Double(logs.count)
    func excess(_ shape: Double) -> Double {
      let powers = logs.map { exp(shape * $0) }
      let weighted = zip(powers, logs).reduce(0) { $0 + $1.0 * $1.1 }
      return weighted / powers.reduce(0, +) - 1 / shape - mean
    }
    shape = Self.root(of: excess)
    let power = logs.reduce(0) { [shape] in $0 + exp(shape * $1) } / Double(logs.count)
    scale = largest * exp(log(power) / shape)
  }

  /// The zero of a function that increases with the shape, by bisection of its logarithm to the last bits.
  private static func root(of function: (Double) -> Double) -> Double {
    var (lower, upper) = (log(1e-3), log(largestShape))
    for _ in 0..<64 {
      let middle = (lower + upper) / 2
      if function(exp(middle)) < 0 { lower = middle } else { upper = middle }
    }
    return exp((lower + upper) / 2)
  }
}
