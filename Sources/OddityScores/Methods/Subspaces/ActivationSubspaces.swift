import Foundation
import OddityClassifier
import ONNXGraph

/// `dec·ins^λ` (Zöngür et al., *Activation Subspaces for OOD Detection*, ICCV 2025): the part of the features
/// that decides between the classes, times how common the rest is.
///
/// The first k right singular vectors V of W give the decisive part `zVVᵀ` of z. k is chosen so that its mean
/// norm is closest to that of the rest. dec is the energy of ``Scale`` of the decisive part, with its signs.
/// ins is `−log(1 − c)`, where c in [0, 1 − 1e-6] is the mean of the K largest cosines of the rest with the
/// rows of a bank. Energy is softplus(energy), so that products keep their order. For independent labels, it
/// is the joint energy. If the sum of the largest decisive features is not above 0, nothing is scaled.
struct ActivationSubspaces: LinearHeadScore {
  static let description = ScoreDescription(
    name: "actsub", summary: "energy of the decisive part of the features, times how common the rest is",
    paper: "Zöngür et al., ICCV 2025", fits: "the subspace of W, a bank of z",
    cost: "a product with the bank",
    networks: .linearHead, forms: .energies, sign: .positive,
    parameters: [percentile, neighbours, bank, exponent])
  private static let percentile = Shaping.percentile(95)
  private static let neighbours = Parameter<Int?>("K", "how many neighbours", default: "10, or the bank")
  private static let bank = Parameter<Int>("bank", "images in the bank", default: 10_000, in: 1...10_000)
  private static let exponent = Parameter<Double>("lambda", "exponent of ins", default: 2, in: 0...)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features] }

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let decisive = try DecisiveSubspace(head, data.sample)
    let scaled = try Shaping.kept(of: data, Self.percentile, for: Self.description.name)
    let bank = try InsignificantBank(data.sample, rows: data.parameters[Self.bank], decisive)
    let neighbours = data.parameters[Self.neighbours] ?? min(10, bank.rows)
    guard neighbours <= bank.rows else {
      throw OddityError(
        .usage,
        "actsub.K=\(neighbours): the bank has \(bank.rows) images, so K is a whole number from 1 to \(bank.rows)"
      )
    }
    let exponent = data.parameters[Self.exponent]
    return FittedScore([
      "decisive": .number(Double(decisive.directions.count)), "K": .number(Double(neighbours)),
      "bank": .number(Double(bank.rows)),
    ]) { x in
      let part = x.features.inside(decisive.directions)
      let energy = x.positiveEnergy(head.logits(of: part * Self.factor(part, largest: scaled)))
      let rarity = -bank.distance(x.features - part, neighbours: neighbours).log()
      return energy * (exponent == 2 ? rarity.squared() : (rarity.atLeast(1e-37).log() * exponent).exp())
    }
  }

  /// `exp(min(s₁/s₂, 80))` of signed features, [N, 1]; 1 if s₂ is not above 0.
  private static func factor(_ features: Tensor, largest: Int) -> Tensor {
    let after = features.largest(largest, axis: 1).values.sum(axis: 1, keep: true)
    let factor = Shaping.factor(before: features.sum(axis: 1, keep: true), after: after)
    return (after .> 0).choose(factor, else: 1)
  }
}

/// The directions of features that have the largest weights in W.
private struct DecisiveSubspace {
  /// V by columns, each [D].
  let directions: [[Double]]

  /// The number of rows over which mean norms are computed.
  private static let rows = 1000

  /// - Throws: ``OddityError`` `.badData` if W is zero, or if there is a single feature.
  init(_ head: LinearHead, _ table: FeatureTable) throws(OddityError) {
    let vectors = try head.rightSingularVectors().prefix(head.features - 1)
    guard !vectors.isEmpty else {
      throw OddityError(
        .badData,
        "actsub splits the features by the weights of the last layer, so it needs two features or more and "
          + "weights that are not all zero: choose another score, such as energy")
    }
    var inside = Array(repeating: 0.0, count: vectors.count)
    var outside = inside
    for row in 0..<min(table.count, Self.rows) {
      let z = table.feature(row).map { Double($0) }
      let whole = z.reduce(0) { $0 + $1 * $1 }
      var square = 0.0
      for (position, vector) in vectors.enumerated() {
        let product = z.dot(vector)
        square += product * product
        inside[position] += square.squareRoot()
        outside[position] += max(whole - square, 0).squareRoot()
      }
    }
    let gaps = zip(inside, outside).map { abs($0 - $1) }
    let closest = gaps.indices.min { gaps[$0] < gaps[$1] } ?? 0
    directions = Array(vectors.prefix(closest + 1))
  }

  /// Features without their decisive part, in double precision.
  func rest(of z: some Collection<Float>) -> [Double] {
    let z = z.map { Double($0) }
    var rest = z
    for direction in directions {
      let product = z.dot(direction)
      for d in rest.indices { rest[d] -= product * direction[d] }
    }
    return rest
  }
}

extension LinearHead {
  /// The right singular vectors of W by descending singular values, each [D]. Values below 1e-6 of the
  /// largest are left out, because rounding determines their order.
  fileprivate func rightSingularVectors() throws(OddityError) -> [[Double]] {
    let rows = (0..<classes).map { row($0).map { Double($0) } }
    let isWide = classes < features
    let products =
      isWide
      ? SymmetricMatrix(size: classes, values: rows.flatMap { a in rows.map { a.dot($0) } })
      : SymmetricMatrix(squaresOf: rows)
    let eigen = try SymmetricEigen(products)
    let cutoff = 1e-12 * (eigen.values.first ?? 0)
    return zip(eigen.values, eigen.vectors).filter { $0.0 > cutoff && $0.0 > 0 }.map { value, vector in
      guard isWide else { return vector }
      var direction = Array(repeating: 0.0, count: features)
      for (row, share) in zip(rows, vector) {
        for d in direction.indices { direction[d] += share / value.squareRoot() * row[d] }
      }
      return direction
    }
  }
}

/// The features of images without their decisive part, each of length 1.
private struct InsignificantBank {
  /// [rows, D]
  let values: [Float]
  let rows: Int
  let width: Int

  /// - Throws: ``OddityError`` `.badData` if no image has such features.
  init(_ table: FeatureTable, rows wanted: Int, _ decisive: DecisiveSubspace) throws(OddityError) {
    let units = (0..<min(wanted, table.count)).compactMap { row -> [Float]? in
      let rest = decisive.rest(of: table.feature(row))
      let length = rest.dot(rest).squareRoot()
      return length > 1e-12 ? rest.map { Float($0 / length) } : nil
    }
    guard !units.isEmpty else {
      throw OddityError(
        .badData,
        "actsub compares the part of the features that the weights of the last layer ignore, but for these "
          + "images that part is zero: choose another score, such as energy")
    }
    (values, rows, width) = (units.flatMap(\.self), units.count, table.featureCount)
  }

  /// `1 − c`, with c in [0, 1 − 1e-6] the mean of the largest cosines with features, [N].
  ///
  /// The nearest rows are looked up: `1 − cos` is half of a squared distance, which has more digits than 1
  /// minus a cosine near 1.
  func distance(_ features: Tensor, neighbours: Int) -> Tensor {
    let bank = Tensor(values, dims: [rows, width])
    let query = features.normalised()
    let nearest = query.matmul(bank.transposed([1, 0])).largest(neighbours, axis: 1).indices
    let apart = bank.rows(at: nearest) - query.reshaped([-1, 1, width])
    let mean = apart.squared().sum(axis: 2).mean(axis: 1) / 2
    let isSilent = features.norm(axis: 1) .< 1e-12
    return isSilent.choose(1, else: mean.atLeast(1e-6).atMost(1))
  }
}

extension [Double] {
  fileprivate func dot(_ other: [Double]) -> Double {
    var sum = 0.0
    for index in indices { sum += self[index] * other[index] }
    return sum
  }
}
