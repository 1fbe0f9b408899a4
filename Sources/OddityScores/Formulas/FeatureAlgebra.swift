import Foundation
import ONNXGraph

/// Building blocks of scores on features.
extension Tensor {
  /// Whether each class has the largest logit, or the first of equal ones; bool [N, C].
  func isLargest(of classes: Int) -> Tensor {
    Tensor((0..<Int64(classes)).map { $0 }, dims: [1, classes]) .== argMax(axis: 1, keep: true)
  }

  /// `z / max(‖z‖₂, 1e-12)` by rows.
  func normalised() -> Tensor { self / norm(axis: 1, keep: true).atLeast(1e-12) }

  /// Rows minus a point, [N, D].
  func centred(about point: [Double]) -> Tensor { self - Tensor(row: point) }

  /// Rows times a matrix that is given by columns: [N, columns].
  func projected(to columns: [[Double]]) -> Tensor {
    let width = columns[0].count
    let matrix = (0..<width).flatMap { row in columns.map { Float($0[row]) } }
    return matmul(Tensor(matrix, dims: [width, columns.count]))
  }

  /// A constant that is given by rows, [rows, width].
  static func table(_ rows: [[Double]]) -> Tensor {
    Tensor(rows.flatMap { $0.map { Float($0) } }, dims: [rows.count, rows[0].count])
  }

  /// `max(‖z‖₁, 1e-12)` by rows, [N].
  func absoluteSum() -> Tensor { abs().sum(axis: 1).atLeast(1e-12) }

  /// The dot product of each pair of rows, [N].
  func dot(_ other: Tensor) -> Tensor { (self * other).sum(axis: 1) }

  /// `log(1 + exp(x))` of each value.
  ///
  /// Engines compute their Softplus literally, which in single precision is 0 below −17.
  func softplus() -> Tensor { relu() + (-abs()).exp().logOfOnePlus() }

  /// `log(1 + x) = 2·artanh(x / (2 + x))` for x from 0 to 1, by the series of artanh. It is accurate to every
  /// digit, however small x is.
  func logOfOnePlus() -> Tensor {
    let ratio = self / (self + 2)
    let square = ratio.squared()
    // The ratio is at most 1/3, so terms from the ninth on (its 17th power) are below single precision.
    let sum = (0..<7).reversed().reduce(Tensor([Float(2.0 / 15)])) { sum, term in
      sum * square + 2 / Double(2 * term + 1)
    }
    return sum * ratio
  }
}

/// Energy in double precision, for fitting.
enum EnergyValue {
  /// `logsumexp(l)`
  static func of(_ logits: some Collection<some BinaryFloatingPoint>) -> Double {
    let largest = Double(logits.max() ?? 0)
    return largest + log(logits.reduce(0.0) { $0 + exp(Double($1) - largest) })
  }

  /// Below it, products of two softplus values underflow in single precision.
  static let least = -40.0

  /// The energy in products: `softplus(max(logsumexp(l), −40))`, or for independent labels `Σ softplus(l_c)`.
  static func positive(_ logits: some Collection<Float>, _ form: LogitForm) -> Double {
    if form == .multiLabel { return logits.reduce(0) { $0 + softplus(Double($1)) } }
    return softplus(max(of(logits), least))
  }

  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}

extension Collection<Float> {
  /// `‖z‖₂²`, in double precision.
  var squaredNorm: Double { reduce(0.0) { $0 + Double($1) * Double($1) } }
}

extension Array where Element: BinaryFloatingPoint {
  /// The mean of each column of rows, in double precision.
  func columnMeans(width: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    for (position, value) in enumerated() { sums[position % width] += Double(value) }
    let rows = Double(count / Swift.max(width, 1))
    return sums.map { $0 / rows }
  }
}
