import CLAPACK
import Foundation
import OddityFiles

/// A linear score that separates rows of two classes: penalised logistic regression.
///
/// With balanced classes it minimises `½·mean₊ log(1 + e^−f) + ½·mean₋ log(1 + e^f) + λ/2·‖w‖²` with `f = w·x
/// + b`, otherwise `mean log(1 + e^∓f) + λ/2·‖w‖²` over all rows. It uses Newton's method in double
/// precision, to a gradient of at most 1e-9. The result is that of scikit-learn's
/// `LogisticRegression(class_weight="balanced")`, or without a class weight, with `C = 1 / (λ·n)` for n rows.
/// Nothing is random or timed, so equal rows give equal weights.
package struct LogisticRegression: Sendable {
  /// w, one for each column.
  package let weights: [Double]
  /// b
  package let intercept: Double

  static let gradientTolerance = 1e-9
  /// Newton's method takes about ten steps. If it takes more than this, the numbers allow no more precision.
  private static let mostSteps = 100

  /// - Parameters:
  ///   - rows: rows of both classes.
  ///   - columns: the columns to use.
  ///   - penalty: λ, above 0.
  ///   - start: a regression of the same rows on the first of these columns, as a starting point that saves
  ///     steps.
  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS; `.badData` if a class is empty or a value
  ///   is not finite.
  package init(
    _ rows: TwoClassRows, columns: [Int], penalty: Double, from start: LogisticRegression? = nil
  ) throws(OddityError) {
    let design = try Design(rows, columns: columns, penalty: penalty)
    let known = start?.weights ?? []
    var parameters =
      known + Array(repeating: 0.0, count: columns.count - known.count) + [start?.intercept ?? 0]
    var point = design.point(parameters)
    for _ in 0..<Self.mostSteps {
      guard (point.gradient.map(abs).max() ?? 0) > Self.gradientTolerance else { break }
      let direction = try design.hessian(at: point).solving([point.gradient])[0]
      guard let next = design.descending(from: parameters, at: point, along: direction) else { break }
      (parameters, point) = next
    }
    (weights, intercept) = (Array(parameters.dropLast()), parameters[columns.count])
  }
}

/// Rows of two classes with their weights in the loss.
package struct TwoClassRows: Sendable {
  package let width: Int
  /// The rows of both classes, the positive ones first.
  fileprivate let values: [Double]
  fileprivate let positives: Int
  /// Whether each class has half of the loss; otherwise all rows have the same weight.
  private let isBalanced: Bool
  /// Whether there are rows of both classes, with finite numbers.
  fileprivate let isUsable: Bool
  fileprivate var count: Int { values.count / max(width, 1) }

  /// - Parameters:
  ///   - positives: rows of `width` values, one after another.
  ///   - isBalanced: whether each class has half of the loss. Only without it σ(f) is a probability of the positive class.
  package init(positives: [Double], negatives: [Double], width: Int, isBalanced: Bool = true) {
    precondition(width > 0 && (positives.count + negatives.count).isMultiple(of: width), "whole rows")
    (self.width, values, self.positives) = (width, positives + negatives, positives.count / width)
    self.isBalanced = isBalanced
    isUsable = !positives.isEmpty && !negatives.isEmpty && values.allSatisfy(\.isFinite)
  }

  /// The weight of a row in the loss.
  fileprivate func share(_ row: Int) -> Double {
    isBalanced ? 0.5 / Double(row < positives ? positives : count - positives) : 1 / Double(count)
  }

  /// `w·x + b` of each row.
  fileprivate func scores(_ model: LogisticRegression, columns: [Int]) -> [Double] {
    (0..<count).map { row in
      zip(columns, model.weights).reduce(model.intercept) { $0 + $1.1 * values[row * width + $1.0] }
    }
  }
}

extension LogisticRegression {
  /// How much smaller the loss would become with additional columns, to second order: Rao's score statistic,
  /// `½·gᵀS⁻¹g`, where g is the gradient of the loss in the new weights, and S is the Schur complement of its
  /// second derivatives.
  ///
  /// - Parameters:
  ///   - groups: columns that are added together. None of them is in `columns`.
  ///   - columns: the columns of this regression.
  /// - Throws: ``OddityError`` as ``init(_:columns:penalty:)``.
  package func gains(
    of groups: [[Int]], in rows: TwoClassRows, beyond columns: [Int], penalty: Double
  ) throws(OddityError) -> [Double] {
    let all = columns + groups.flatMap { $0 }
    let design = try Design(rows, columns: all, penalty: penalty)
    let scores = rows.scores(self, columns: columns)
    let point = design.point(
      weights + Array(repeating: 0, count: all.count - columns.count) + [intercept], scores: scores)
    let hessian = design.hessian(at: point)
    let active = Array(columns.indices) + [all.count]
    var place = columns.count
    let places = groups.map { group in
      defer { place += group.count }
      return Array(place..<place + group.count)
    }
    // H_AA⁻¹ H_AG for the columns of all groups at once.
    let further = places.flatMap { $0 }
    let solved = try hessian.part(active).solving(
      further.map { column in active.map { hessian[$0, column] } })
    return try places.map { group throws(OddityError) in
      let gradient = group.map { point.gradient[$0] }
      let complement = SymmetricMatrix(
        size: group.count,
        values: group.flatMap { row in
          group.map { column in
            zip(active, solved[column - columns.count]).reduce(hessian[row, column]) {
              $0 - hessian[row, $1.0] * $1.1
            }
          }
        })
      let step = try complement.solving([gradient])[0]
      return 0.5 * zip(gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }
}

/// Columns of rows, followed by a column of ones, and the loss over them.
private struct Design {
  /// [rows, width], row after row; the last column is 1.
  let values: [Double]
  let width: Int
  let shares: [Double]
  let positives: Int
  let penalty: Double

  /// The loss at some parameters, and the terms of its derivatives.
  struct Point {
    let loss: Double
    let gradient: [Double]
    /// For each row, σ′(f) times the weight of the row.
    let curvatures: [Double]
  }

  init(_ rows: TwoClassRows, columns: [Int], penalty: Double) throws(OddityError) {
    try LAPACK.load()
    guard rows.isUsable else {
      throw OddityError(.badData, "a regression needs rows of both classes and finite numbers")
    }
    let width = columns.count + 1
    self.width = width
    let count = rows.count
    values = Array(unsafeUninitializedCapacity: count * width) { values, filled in
      for row in 0..<count {
        for (place, column) in columns.enumerated() {
          values[row * width + place] = rows.values[row * rows.width + column]
        }
        values[row * width + columns.count] = 1
      }
      filled = count * width
    }
    shares = (0..<count).map(rows.share)
    (positives, self.penalty) = (rows.positives, penalty)
  }

  func point(_ parameters: [Double]) -> Point { point(parameters, scores: scores(parameters)) }

  /// - Parameter scores: f of each row.
  func point(_ parameters: [Double], scores: [Double]) -> Point {
    var loss = 0.0
    var residuals = Array(repeating: 0.0, count: shares.count)
    var curvatures = residuals
    for (row, score) in scores.enumerated() {
      // The sign is that of the correct class. log(1 + e^−m) and σ(−m) are computed from e^−|m|, which cannot
      // overflow.
      let margin = row < positives ? score : -score
      let power = exp(-abs(margin))
      loss += shares[row] * (max(-margin, 0) + log1p(power))
      let wrong = margin > 0 ? power / (1 + power) : 1 / (1 + power)
      residuals[row] = shares[row] * (row < positives ? -wrong : wrong)
      curvatures[row] = shares[row] * wrong * (1 - wrong)
    }
    let weights = parameters.dropLast()
    loss += penalty / 2 * weights.reduce(0) { $0 + $1 * $1 }
    var gradient = weights.map { penalty * $0 } + [0]
    values.withUnsafeBufferPointer { values in
      for (row, residual) in residuals.enumerated() {
        for column in 0..<width { gradient[column] += residual * values[row * width + column] }
      }
    }
    return Point(loss: loss, gradient: gradient, curvatures: curvatures)
  }

  private func scores(_ parameters: [Double]) -> [Double] {
    values.withUnsafeBufferPointer { values in
      parameters.withUnsafeBufferPointer { parameters in
        shares.indices.map { row in
          var sum = 0.0
          for column in 0..<width { sum += parameters[column] * values[row * width + column] }
          return sum
        }
      }
    }
  }

  /// The loss's second derivatives, [width, width].
  func hessian(at point: Point) -> SymmetricMatrix {
    var scaled = values
    scaled.withUnsafeMutableBufferPointer { scaled in
      for (row, curvature) in point.curvatures.enumerated() {
        let root = curvature.squareRoot()
        for column in 0..<width { scaled[row * width + column] *= root }
      }
    }
    return SymmetricMatrix(squaresOf: scaled, width: width)
      .addingToDiagonal(Array(repeating: penalty, count: width - 1) + [0])
  }

  /// The first of a step and its halves that reduces the loss; nil if none does, because only rounding is
  /// left.
  func descending(
    from parameters: [Double], at point: Point, along direction: [Double]
  ) -> (parameters: [Double], point: Point)? {
    let slope = zip(point.gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
    var length = 1.0
    while length > 1e-10 {
      let next = zip(parameters, direction).map { $0 - length * $1 }
      let there = self.point(next)
      // Near the minimum, losses differ by less than rounding, so the gradient decides.
      if there.loss <= point.loss - 1e-4 * length * slope
        || (there.loss <= point.loss + 1e-14 && there.isFlatter(than: point))
      {
        return (next, there)
      }
      length /= 2
    }
    return nil
  }
}

extension Design.Point {
  fileprivate func isFlatter(than other: Design.Point) -> Bool {
    (gradient.map(abs).max() ?? 0) < (other.gradient.map(abs).max() ?? 0)
  }
}
