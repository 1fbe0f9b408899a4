import Foundation
import ONNXGraph

/// What scores on features are made of.
extension ScoreNodes {
  /// `z / max(‖z‖₂, 1e-12)` by rows.
  mutating func normalised(_ features: String) -> String {
    let norm = appendix.reduce(.l2, features, axes: [1], keep: true)
    return appendix.add("Div", [features, appendix.add("Max", [norm, number(1e-12)])])
  }

  /// Rows less a vector, [N, D].
  mutating func centred(_ features: String, about point: [Double]) -> String {
    let vector = appendix.constant(point.map { Float($0) }, dims: [1, point.count])
    return appendix.add("Sub", [features, vector])
  }

  /// Rows times a matrix of which the columns are given: [N, columns].
  mutating func projected(_ features: String, to columns: [[Double]]) -> String {
    let width = columns[0].count
    let matrix = (0..<width).flatMap { row in columns.map { Float($0[row]) } }
    return appendix.add("MatMul", [features, appendix.constant(matrix, dims: [width, columns.count])])
  }

  /// The L2 norm of each row, [N].
  mutating func norm(_ rows: String) -> String { appendix.reduce(.l2, rows, axes: [1]) }

  /// `max(‖z‖₁, 1e-12)` by rows, [N].
  mutating func absoluteSum(_ rows: String) -> String {
    let sum = appendix.reduce(.sum, appendix.add("Abs", [rows]), axes: [1])
    return appendix.add("Max", [sum, appendix.constant([Float(1e-12)], dims: [1])])
  }

  /// Sums of products by rows, [N].
  mutating func innerProduct(_ a: String, _ b: String) -> String {
    appendix.reduce(.sum, appendix.add("Mul", [a, b]), axes: [1])
  }

  /// `softplus(max(logsumexp(l), −40))`, [N]: energy where a product needs it positive. Joint energy is positive as it is.
  mutating func positiveEnergy() -> String {
    let logits = logits
    let energy = energy(logits)
    if form == .multiLabel { return energy }
    let least = appendix.constant([Float(EnergyValue.least)], dims: [1])
    return appendix.softplus(appendix.add("Max", [energy, least]))
  }

  /// z less the mean of the predicted class, [N, D].
  mutating func fromMeanOfPredictedClass(_ means: [[Double]]) -> String {
    let mean = rowOfPredictedClass(means.flatMap { $0.map { Float($0) } }, width: means[0].count)
    let features = features
    return appendix.add("Sub", [features, mean])
  }
}

extension Appendix {
  /// `log(1 + exp(x))` of each value.
  ///
  /// Engines compute Softplus as it stands here, which in single precision is 0 from −17 on.
  mutating func softplus(_ tensor: String) -> String {
    add("Add", [add("Relu", [tensor]), logOfOnePlus(exponentialOfMinusSize(tensor))])
  }

  /// `exp(−|x|)` of each value.
  mutating func exponentialOfMinusSize(_ tensor: String) -> String {
    add("Exp", [add("Neg", [add("Abs", [tensor])])])
  }

  /// `log(1 + x) = 2·artanh(x / (2 + x))` for x from 0 to 1, by the series of artanh: every digit, however small x is.
  mutating func logOfOnePlus(_ x: String) -> String {
    let ratio = add("Div", [x, add("Add", [x, constant([Float(2)], dims: [1])])])
    let square = add("Mul", [ratio, ratio])
    // The ratio is at most 1/3, so terms from the ninth on are below single precision.
    var sum = constant([Float(2.0 / 15)], dims: [1])
    for term in (0..<7).reversed() {
      let coefficient = constant([Float(2 / Double(2 * term + 1))], dims: [1])
      sum = add("Add", [add("Mul", [sum, square]), coefficient])
    }
    return add("Mul", [sum, ratio])
  }
}

extension ClassSums {
  /// Class means, [C, D]; of a class without images, another mean.
  func means(orElse other: (Int) -> [Double]) -> [[Double]] {
    counts.indices.map { mean($0) ?? other($0) }
  }
}

/// Energy in double precision, for fitting.
enum EnergyValue {
  /// `logsumexp(l)`
  static func of(_ logits: some Collection<Float>) -> Double {
    let largest = Double(logits.max() ?? 0)
    return largest + log(logits.reduce(0.0) { $0 + exp(Double($1) - largest) })
  }

  /// Below it, products of two softplus leave the range of single precision.
  static let least = -40.0

  /// What a product takes as energy: `softplus(max(logsumexp(l), −40))`, of labels that are there or not `Σ softplus(l_c)`.
  static func positive(_ logits: some Collection<Float>, _ form: LogitForm) -> Double {
    if form == .multiLabel { return logits.reduce(0) { $0 + softplus(Double($1)) } }
    return softplus(max(of(logits), least))
  }

  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}
