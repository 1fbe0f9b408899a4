import Foundation
import OddityClassifier

/// Learns fusions from a table, with one regression for each kind of pseudo-OOD images. The weights of a
/// fusion are their means.
struct FusionLearning {
  private let table: ColumnTable
  /// The scale of each column of the table; nil if it cannot be used.
  let scales: [ColumnScale?]
  /// For each kind: select images against images of the kind, with x and −|x| of every usable column.
  private let rows: [TwoClassRows]
  /// The position of a column's x among the rows' columns. −|x| follows it.
  private let places: [Int?]
  /// x and −|x| of the select images, row after row.
  private let images: [Double]
  private let width: Int

  init(_ table: ColumnTable) {
    self.table = table
    let scales = table.images.columns.map { ColumnScale($0) }
    var used = 0
    places = scales.map { scale in
      guard scale != nil else { return nil }
      defer { used += 2 }
      return used
    }
    let width = used
    let images = table.images.standardised(by: scales)
    rows =
      width == 0
      ? []
      : table.kinds.map {
        TwoClassRows(positives: images, negatives: $0.rows.standardised(by: scales), width: width)
      }
    (self.scales, self.images, self.width) = (scales, images, width)
  }

  /// The usable columns of the table: their values are finite and not constant.
  var usable: [Int] { scales.indices.filter { scales[$0] != nil } }

  /// For each kind, the weights of x and −|x| of some columns, scaled so that the score has standard
  /// deviation 1 on the select images.
  ///
  /// - Throws: ``OddityError`` as ``LogisticRegression`` does.
  func weights(of columns: [Int]) throws(OddityError) -> [[Double]] {
    let places = self.places(of: columns)
    return try rows.map { rows throws(OddityError) in
      let weights = try LogisticRegression(rows, columns: places, penalty: FusionRule.penalty).weights
      let deviation = deviation(of: weights, at: places)
      // If no column helps against a kind, its weights are zero.
      return deviation > 0 ? weights.map { $0 / deviation } : weights
    }
  }

  /// The fusion of some columns.
  ///
  /// - Parameter weights: for each kind, as ``weights(of:)`` gives them. Some kinds may be left out.
  func fusion(of columns: [Int], weights: [[Double]]) -> Fusion {
    let kinds = Double(weights.count)
    func mean(_ place: Int) -> Double { weights.reduce(0) { $0 + $1[place] } / kinds }
    return Fusion(
      columns: columns.enumerated().compactMap { place, column in
        scales[column].map {
          Fusion.Column(
            name: table.names[column], scale: $0, weight: mean(2 * place), foldedWeight: mean(2 * place + 1))
        }
      })
  }

  /// The regressions on some columns, for each kind.
  ///
  /// - Parameter start: the regressions on all of these columns except the last, as starting points that save
  ///   steps.
  func regressions(on columns: [Int], from start: [LogisticRegression]?) throws(OddityError)
    -> [LogisticRegression]
  {
    let places = self.places(of: columns)
    return try rows.indices.map { kind throws(OddityError) in
      try LogisticRegression(rows[kind], columns: places, penalty: FusionRule.penalty, from: start?[kind])
    }
  }

  /// For each kind, how much the loss would decrease with each of some columns in addition to the chosen
  /// ones.
  func gains(
    of candidates: [Int], beyond columns: [Int], in regressions: [LogisticRegression]
  ) throws(OddityError) -> [[Double]] {
    let places = self.places(of: columns)
    return try zip(rows, regressions).map { rows, regression throws(OddityError) in
      try regression.gains(
        of: candidates.map { self.places(of: [$0]) }, in: rows, beyond: places, penalty: FusionRule.penalty)
    }
  }

  private func places(of columns: [Int]) -> [Int] {
    columns.flatMap { column in places[column].map { [$0, $0 + 1] } ?? [] }
  }

  /// The standard deviation of the select images' scores for some weights.
  private func deviation(of weights: [Double], at places: [Int]) -> Double {
    let count = images.count / max(width, 1)
    let scores = (0..<count).map { row in
      zip(places, weights).reduce(0.0) { $0 + $1.1 * images[row * width + $1.0] }
    }
    let mean = scores.reduce(0, +) / Double(max(count, 1))
    return (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(count, 1))).squareRoot()
  }
}

extension ColumnTable.Rows {
  /// x and −|x| of the columns that have a scale, row after row.
  fileprivate func standardised(by scales: [ColumnScale?]) -> [Double] {
    let used = zip(columns, scales).compactMap { column, scale in scale.map { (column, $0) } }
    return (0..<count).flatMap { row in
      used.flatMap { column, scale in
        let x = scale.standardised(column[row])
        return [x, -abs(x)]
      }
    }
  }
}
