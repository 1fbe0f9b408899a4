import OddityClassifier
import ONNXGraph

/// A bank of in-distribution features, for scores that search neighbours.
private struct FeatureBank: Sendable {
  /// The rows in the form in which they are compared, [rows, D].
  let values: [Float]
  let rows: Int
  let width: Int

  /// The transposed bank as a constant, [D, rows].
  var transposed: Tensor {
    let columns = (0..<width).flatMap { d in (0..<rows).map { values[$0 * width + d] } }
    return Tensor(columns, dims: [width, rows])
  }

  /// `z / max(‖z‖₂, 1e-12)` of the first rows of a table.
  static func normalised(_ table: FeatureTable, rows: Int, times factor: (Int) -> Double = { _ in 1 })
    -> FeatureBank
  {
    let values = (0..<rows).flatMap { row in
      let z = table.feature(row)
      let scale = factor(row) / max(z.squaredNorm.squareRoot(), 1e-12)
      return z.map { Float(Double($0) * scale) }
    }
    return FeatureBank(values: values, rows: rows, width: table.featureCount)
  }

  /// The mean of the rows, [D].
  var mean: [Float] { values.columnMeans(width: width).map { Float($0) } }

  /// `‖b‖²/2` of each row.
  var halfSquares: [Float] {
    (0..<rows).map { Float(values[$0 * width..<($0 + 1) * width].squaredNorm / 2) }
  }

  /// The rows minus a point.
  func centred(about point: [Float]) -> FeatureBank {
    FeatureBank(values: values.indices.map { values[$0] - point[$0 % width] }, rows: rows, width: width)
  }
}

/// `−(squared L2 distance from z/‖z‖ to its K-th neighbour)` in a bank of normalised z (Sun et al., ICML 2022).
struct KNN: Score {
  static let description = ScoreDescription(
    name: "knn", summary: "distance to the K-th nearest neighbour", paper: "Sun et al., ICML 2022",
    fits: "a bank of z", cost: "a product with the bank: 10,000×512 costs under 15 % of ResNet-18",
    networks: .features, composition: .distance,
    forms: .any, sign: .negative,
    parameters: [neighbour, bank])
  private static let neighbour = Parameter<Int?>(
    "K", "number of the neighbour whose distance is taken", default: "0.1 % of the bank, at least 5")
  private static let bank = Parameter<Int>("bank", "images in the bank", default: 10_000, in: 1...10_000)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features] }

  func fitted(to data: FitData) throws -> FittedScore {
    let rows = min(data.parameters[Self.bank], data.sample.count)
    let neighbour = data.parameters[Self.neighbour] ?? min(max(5, (rows + 999) / 1000), rows)
    guard neighbour <= rows else {
      throw OddityError(
        .usage,
        "knn.K=\(neighbour): the bank has \(rows) images, so K is a whole number from 1 to \(rows)")
    }
    let normalised = FeatureBank.normalised(data.sample, rows: rows)
    let mean = normalised.mean
    let bank = normalised.centred(about: mean)
    // `‖q − b‖² = ‖q‖² + ‖b‖² − 2⟨q, b⟩`, so the K-th smallest distance is the K-th largest `⟨q, b⟩ −
    // ‖b‖²/2`. Features of similar direction would cancel in it, so the bank's mean is subtracted from both.
    // That changes no distance. The distance itself is computed from the row found in this way: if neighbours
    // are very close, the difference of squares has few digits.
    return FittedScore(["K": .number(Double(neighbour)), "bank": .number(Double(rows))]) { x in
      let query = x.features.normalised() - Tensor(mean, dims: [1, bank.width])
      let rowsOfBank = bank.transposed
      let closeness = query.matmul(rowsOfBank) - Tensor(bank.halfSquares, dims: [1, rows])
      let nearest = closeness.largest(neighbour, axis: 1).indices
      let last = nearest.columns(neighbour - 1..<neighbour).flattened()
      let found = rowsOfBank.entries(at: last, axis: 1).transposed([1, 0])
      return -(query - found).squared().sum(axis: 1)
    }
  }
}

/// Energy times the mean of the K largest `⟨z/‖z‖, bank⟩`. The rows of the bank are normalised z times their
/// energy (Park et al., *NNGuide*, ICCV 2023). Energy is softplus(energy), so that the products keep their
/// order. For independent labels, it is the joint energy.
struct NNGuide: Score {
  static let description = ScoreDescription(
    name: "nnguide", summary: "energy guided by the nearest neighbours", paper: "Park et al., ICCV 2023",
    fits: "a bank of z with energies", cost: "a product with the bank", networks: .features,
    forms: .energies, sign: .positive,
    parameters: [neighbours, share])
  private static let neighbours = Parameter<Int?>("K", "how many neighbours", default: "100, or the bank")
  private static let share = Parameter<Double>(
    "share", "share of the fit part that is in the bank, at least 100 images", default: 0.01, in: 0...1)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features, .logits] }

  func fitted(to data: FitData) throws -> FittedScore {
    let table = data.sample
    let wanted = Int((data.parameters[Self.share] * Double(data.fitCount)).rounded(.up))
    let rows = min(max(wanted, min(table.count, 100)), table.count)
    let neighbours = data.parameters[Self.neighbours] ?? min(100, rows)
    guard neighbours <= rows else {
      throw OddityError(
        .usage,
        "nnguide.K=\(neighbours): the bank has \(rows) images, so K is a whole number from 1 to \(rows)")
    }
    let bank = FeatureBank.normalised(table, rows: rows) { EnergyValue.positive(table.logit($0), data.form) }
    return FittedScore(["K": .number(Double(neighbours)), "bank": .number(Double(rows))]) { x in
      let products = x.features.normalised().matmul(bank.transposed)
      return x.positiveEnergy * products.largest(neighbours, axis: 1).values.mean(axis: 1)
    }
  }
}
