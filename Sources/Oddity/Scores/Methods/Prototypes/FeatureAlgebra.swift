import Foundation

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

  /// `softplus(logsumexp(l))`, [N]: energy where a product needs it positive.
  mutating func positiveEnergy() -> String {
    let logits = logits
    return appendix.add("Softplus", [energy(logits)])
  }

  /// z less the mean of the predicted class, [N, D].
  mutating func fromMeanOfPredictedClass(_ means: [[Double]]) -> String {
    let mean = rowOfPredictedClass(means.flatMap { $0.map { Float($0) } }, width: means[0].count)
    let features = features
    return appendix.add("Sub", [features, mean])
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

  /// `softplus(logsumexp(l))`
  static func positive(_ logits: some Collection<Float>) -> Double {
    let energy = of(logits)
    return max(energy, 0) + log1p(exp(-abs(energy)))
  }
}
