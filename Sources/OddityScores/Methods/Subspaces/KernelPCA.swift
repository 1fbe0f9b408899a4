import Foundation
import Imaging
import OddityClassifier
import ONNXGraph

extension FittedScore {
  /// `−‖f − UUᵀf‖`: the distance of features to the principal directions of in-distribution features.
  ///
  /// - Parameter map: maps z/‖z‖ to the input of the PCA; nil if the input is z/‖z‖ itself.
  /// - Throws: ``OddityError`` `.badData` if the features do not vary.
  fileprivate static func reconstructionError(
    _ moments: FeatureMoments, _ parameters: ScoreParameters, share: Parameter<Double>,
    map: RandomFourierFeatures?, score: String
  ) throws(OddityError) -> FittedScore {
    let eigen = try SymmetricEigen(moments.covariance)
    let mean = moments.mean
    let count = try eigen.principalCount(parameters, share, of: moments, for: score)
    // The directions that U leaves out, by columns.
    let rest = Array(eigen.vectors.dropFirst(count))
    return FittedScore(["components": .number(Double(mean.count - rest.count))]) { x in
      let unit = x.features.normalised()
      let centred = (map?.map(unit) ?? unit).centred(about: mean)
      guard !rest.isEmpty else { return (centred * 0).sum(axis: 1) }
      return -centred.projected(to: rest).norm(axis: 1)
    }
  }
}

/// `φ(z) = √(2/M)·cos(Ωz + u)`, Ω ~ N(0, 2γ), u ~ U[0, 2π), drawn with the seed (Rahimi & Recht, NeurIPS
/// 2007).
///
/// Ω is drawn column after column from the normal numbers of `SplitMix64(seed xor FNV1a("kpca-rff"))`, and u
/// from `SplitMix64(seed xor FNV1a("kpca-rff phases"))`.
struct RandomFourierFeatures: Sendable {
  /// Ω, [D, M], row after row.
  let frequencies: [Double]
  /// u, [M].
  let phases: [Double]
  let width: Int

  var count: Int { phases.count }

  init(width: Int, count: Int, gamma: Double, seed: UInt64) {
    var normals = NormalNumbers(SplitMix64(seed: seed ^ FNV1a.hash("kpca-rff")))
    var uniforms = SplitMix64(seed: seed ^ FNV1a.hash("kpca-rff phases"))
    var frequencies = Array(repeating: 0.0, count: width * count)
    for column in 0..<count {
      for row in 0..<width {
        frequencies[row * count + column] = (2 * gamma).squareRoot() * normals.next()
      }
    }
    self.frequencies = frequencies
    phases = (0..<count).map { _ in 2 * .pi * uniforms.nextUnit() }
    self.width = width
  }

  /// φ of normalised rows [N, D]: [N, M].
  func map(_ unit: Tensor) -> Tensor {
    let product = unit.matmul(Tensor(frequencies.map { Float($0) }, dims: [width, count]))
    return (product + Tensor(row: phases)).cos() * (2 / Double(count)).squareRoot()
  }

  /// φ of one normalised row.
  func map(_ unit: [Double]) -> [Double] {
    var sums = phases
    for (row, value) in unit.enumerated() where value != 0 {
      for column in 0..<count { sums[column] += value * frequencies[row * count + column] }
    }
    let scale = (2 / Double(count)).squareRoot()
    return sums.map { scale * cos($0) }
  }
}

/// Kernel PCA with the cosine map, CoP: `f = z/‖z‖`, centred (Fang et al., NeurIPS 2024).
struct KernelPCA: Score {
  static let description = ScoreDescription(
    name: "kpca", summary: "reconstruction error of normalised features (CoP)",
    paper: "Fang et al., NeurIPS 2024",
    fits: "principal directions of z/‖z‖", cost: "a D×D product", networks: .features,
    forms: .any, sign: .negative,
    parameters: [share])
  private static let share = Parameter<Double>(
    "r", "share of the variance kept", default: 0.85, in: 0...1, excluding: [0])

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features] }
  let statistics: Set<FitStatistic> = [.normalisedMoments]

  func fitted(to data: FitData) throws -> FittedScore {
    try .reconstructionError(
      data.moments(normalised: true), data.parameters, share: Self.share, map: nil,
      score: Self.description.name)
  }
}

/// Kernel PCA with random Fourier features, CoRP: f = φ(z/‖z‖), centred (Fang et al., NeurIPS 2024). It is
/// fitted on a sample.
struct KernelPCAOfFourierFeatures: Score {
  static let description = ScoreDescription(
    name: "kpca-rff", summary: "reconstruction error of random Fourier features (CoRP)",
    paper: "Fang et al., NeurIPS 2024", fits: "principal directions of φ(z/‖z‖) on a sample",
    cost: "a D×M and an M×M product", networks: .features,
    forms: .any, sign: .negative,
    parameters: [gamma, count, share])
  private static let gamma = Parameter<Double>(
    "gamma", "of the Gaussian kernel", default: 2, in: 0..., excluding: [0])
  private static let count = Parameter<Int>("M", "random features", default: 2048, in: 1...16_384)
  private static let share = Parameter<Double>(
    "r", "share of the variance kept", default: 0.8, in: 0...1, excluding: [0])

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features] }

  func fitted(to data: FitData) throws -> FittedScore {
    let count = data.parameters[Self.count]
    let map = RandomFourierFeatures(
      width: data.sample.featureCount, count: count, gamma: data.parameters[Self.gamma], seed: data.seed)
    var moments = try FeatureMoments(width: count)
    for row in 0..<data.sample.count { moments.append(map.map(FitData.normalised(data.sample.feature(row)))) }
    return try .reconstructionError(
      moments, data.parameters, share: Self.share, map: map, score: Self.description.name)
  }
}
