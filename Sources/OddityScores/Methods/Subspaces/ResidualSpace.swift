import OddityClassifier
import ONNXGraph

/// The directions in which in-distribution features hardly vary: the principal directions of z − u after the
/// first d, where `u = −W⁺b` is the point with the smallest logits (Wang et al., *ViM*, CVPR 2022).
struct ResidualSpace: Sendable {
  /// u, [D].
  let origin: [Double]
  /// N by columns, each [D]. There are D − d of them.
  let directions: [[Double]]

  static let dimension = Parameter<Int?>(
    "d", "principal directions that are left out",
    default:
      "1000, 512 or D/2, by D; if the images span no more directions than that, half of those they span")

  /// - Parameter leavesResidual: whether in-distribution images must have a residual.
  /// - Throws: ``OddityError`` `.usage` if a d that was set is not below D, or if the images span fewer
  ///   directions; `.badData` if they span too few for any d.
  init(
    _ data: FitData, _ head: LinearHead, score: String,
    leavesResidual: Bool = false
  ) throws {
    let dimension = data.parameters[Self.dimension]
    let count = head.features
    if let dimension, dimension >= count {
      throw OddityError(
        .usage,
        "\(score).d=\(dimension): the classifier has D = \(count) features, so d is a whole number from 1 to \(count - 1)"
      )
    }
    origin = try Self.origin(head)
    let eigen = try SymmetricEigen(data.moments().secondMoment(about: origin))
    let spanned = eigen.values.count { $0 > 1e-12 * (eigen.values.first ?? 0) }
    let most = min(leavesResidual ? spanned - 1 : spanned, count - 1)
    guard most >= 1 else {
      throw OddityError(
        .badData,
        "\(score): the features of the images span only \(spanned) of \(count) directions, too few for a "
          + "residual: pass more images, or leave \(score) out")
    }
    let d = dimension ?? Self.standardDimension(count, spanned: spanned)
    guard d <= most else {
      throw OddityError(
        .usage,
        "\(score).d=\(d): the features of the images span \(spanned) of \(count) directions, so d is a whole number from 1 to "
          + "\(most): set it with \(.settings, "\(score).d=VALUE"), or give more images")
    }
    directions = Array(eigen.vectors.dropFirst(d))
  }

  /// The default of the authors, or half of the directions that the images span if they span no more than
  /// that.
  static func standardDimension(_ features: Int, spanned: Int) -> Int {
    let authors = features >= 2048 ? 1000 : features >= 768 ? 512 : features / 2
    return authors < spanned ? max(authors, 1) : max(spanned / 2, 1)
  }

  /// `−W⁺b = −Wᵀ(WWᵀ)⁺b`
  private static func origin(_ head: LinearHead) throws(OddityError) -> [Double] {
    let rows = (0..<head.classes).map { head.row($0).map { Double($0) } }
    let products = rows.flatMap { a in rows.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
    let eigen = try SymmetricEigen(SymmetricMatrix(size: head.classes, values: products))
    let cutoff = (eigen.values.first ?? 0) * 1e-12
    var origin = Array(repeating: 0.0, count: head.features)
    for (value, vector) in zip(eigen.values, eigen.vectors) where value > cutoff {
      let share = zip(vector, head.bias).reduce(0) { $0 + $1.0 * Double($1.1) } / value
      for (row, weight) in zip(rows, vector) {
        for d in origin.indices { origin[d] -= share * weight * row[d] }
      }
    }
    return origin
  }

  /// `‖(z − u)N‖` for rows [N, D]: [N].
  func norm(_ features: Tensor) -> Tensor {
    features.centred(about: origin).projected(to: directions).norm(axis: 1)
  }

  /// The mean of the residual over a table, in double precision.
  func meanNorm(_ table: FeatureTable) -> Double {
    let sum = (0..<table.count).reduce(0.0) { sum, row in
      let z = zip(table.feature(row), origin).map { Double($0) - $1 }
      let squares = directions.reduce(0.0) { total, direction in
        var product = 0.0
        for d in z.indices { product += direction[d] * z[d] }
        return total + product * product
      }
      return sum + squares.squareRoot()
    }
    return sum / Double(max(table.count, 1))
  }
}

/// `−‖(z − u)N‖`, only the residual of ViM (Wang et al., CVPR 2022).
struct Residual: LinearHeadScore {
  static let description = ScoreDescription(
    name: "residual", summary: "norm of the features outside their principal directions",
    paper: "Wang et al., CVPR 2022", fits: "principal directions of z", cost: "a D×D product",
    networks: .linearHead,
    composition: .distance, forms: .any, sign: .negative, parameters: [ResidualSpace.dimension])

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features] }
  let statistics: Set<FitStatistic> = [.moments]

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let space = try ResidualSpace(data, head, score: Self.description.name)
    return FittedScore(["directions": .number(Double(space.directions.count))]) { x in
      -space.norm(x.features)
    }
  }
}
