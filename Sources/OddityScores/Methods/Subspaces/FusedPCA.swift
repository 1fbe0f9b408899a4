import OddityClassifier
import ONNXGraph

/// Energy of `W·zc + b` times `max(1 − r, 0)`, where zc = min(z, τ), and `r = ‖(zc − μ)(I − UUᵀ)‖/‖zc‖` is
/// its part outside of the principal directions U (Guan et al., *Revisit PCA-based Technique for OOD
/// Detection*, ICCV 2023).
///
/// τ is a percentile of z. μ and U are those of the unclipped z. Energy is softplus(energy), so that products
/// keep their order. For independent labels, it is the joint energy.
struct FusedPCA: LinearHeadScore {
  static let description = ScoreDescription(
    name: "pca-fused",
    summary: "energy of clipped features times how well principal directions describe them",
    paper: "Guan et al., ICCV 2023", fits: "τ on a sample of z, mean and principal directions of z",
    cost: "two products with the directions", networks: .linearHead, composition: .logits, forms: .energies,
    sign: .positive, parameters: [percentile, dimension])
  private static let percentile = Parameter<Double>(
    "percentile", "of all activations, which gives τ", default: 92, in: 0...100)
  private static let dimension = Parameter<Int?>(
    "d", "principal directions", default: "256, but at most D/2 and those that the images span")

  let statistics: Set<FitStatistic> = [.moments]

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let name = Self.description.name
    let limit = try data.sample.features.upperLimit(data.parameters, Self.percentile, for: name)
    let moments = try data.moments()
    let directions = try Self.directions(moments, data.parameters[Self.dimension])
    let mean = moments.mean
    return FittedScore(["t": .number(limit), "directions": .number(Double(directions.count))]) { x in
      let clipped = x.features.atMost(limit)
      let rest = clipped.centred(about: mean).outside(directions)
      let share = rest.norm(axis: 1) / clipped.norm(axis: 1).atLeast(1e-12)
      return x.positiveEnergy(head.logits(of: clipped)) * (1 - share).relu()
    }
  }

  /// U by columns.
  ///
  /// - Throws: ``OddityError`` `.usage` if the number that was set leaves no direction out, or if the images
  ///   do not span them.
  private static func directions(_ moments: FeatureMoments, _ dimension: Int?) throws -> [[Double]] {
    let name = description.name
    let eigen = try SymmetricEigen(moments.covariance)
    let varying = try eigen.varyingCount(of: moments, for: name)
    let most = min(varying, moments.width - 1)
    if let dimension, dimension > most {
      throw OddityError(
        .usage,
        "\(name).d=\(dimension): the features of the images vary in only \(varying) of \(moments.width) "
          + "directions, so d must be a whole number from 1 to \(most)")
    }
    return Array(eigen.vectors.prefix(dimension ?? min(256, max(moments.width / 2, 1), most)))
  }
}

extension Tensor {
  /// The part of rows within these orthonormal directions, [N, D].
  func inside(_ directions: [[Double]]) -> Tensor {
    let rows = directions.flatMap { $0.map { Float($0) } }
    return projected(to: directions).matmul(Tensor(rows, dims: [directions.count, directions[0].count]))
  }

  /// The part of rows outside of these directions, [N, D].
  func outside(_ directions: [[Double]]) -> Tensor { self - inside(directions) }
}
