import OddityClassifier
import ONNXGraph

/// FuseNorm's score of a block: a norm of its channels in which more local channels weigh more (*FuseNorm*,
/// 2025).
///
/// For channel c with `e_c = F_c²` over P positions: `q_c = e_c/Σe_c`, `H_c = entropy(q_c)/log P`, `w_c = (1
/// − H_c)/Σ(1 − H)`, `k = max(1, ⌊(0.1 + 0.15·mean H)·P⌋)`. The score is `Σ_c w_c·√(mean of the k largest of
/// e_c)`. A channel of zeros has H = 1. If no channel is local, for example because all are constant or there
/// is a single position, all have the same weight.
struct LocalNorm {
  private let tensor: String
  private let layout: MapLayout
  /// P; nil if it is dynamic.
  private let positions: Int?

  init(_ block: Block) {
    (tensor, layout) = (block.tensor, block.layout)
    let sizes = block.positions.compactMap(\.self)
    positions = sizes.count == block.positions.count ? sizes.reduce(1, *) : nil
  }

  /// The score in the graph of a model, float32 [N, 1].
  func append(in graph: Graph) -> Tensor { norm(of: graph.singlePrecision(tensor)) }

  /// The score of a map in single precision, [N, 1].
  func norm(of map: Tensor) -> Tensor {
    let energies = layout.channelRows(map).squared()
    let locality = locality(of: energies)
    let mean = locality.mean(axis: 1, keep: true)
    let weights = (mean .< Self.leastLocality).choose(1, else: locality / mean.atLeast(Self.leastLocality))
    // This equals 0.1 + 0.15·mean H, in a form that rounding cannot bring above a quarter.
    let count = ((0.25 - mean * 0.15) * size(of: energies)).floor().atLeast(1)
    let peaks = (sumOfLargest(energies, count: count) / count).squareRoot()
    return (weights * peaks).mean(axis: 1)
  }

  /// Below this, single precision cannot distinguish the mean of 1 − H from zero.
  private static let leastLocality = 1e-6

  /// `1 − H_c`, [N, C, 1]; 0 for a silent channel.
  ///
  /// It is `KL(q ‖ uniform)/log P = mean(ρ log ρ − ρ + 1)/log P` with ρ = e/mean e. No term is negative, so
  /// channels that are hardly local keep their digits.
  private func locality(of energies: Tensor) -> Tensor {
    let mean = energies.mean(axis: 2, keep: true)
    let density = energies / mean.atLeast(Self.least)
    let terms = density * density.atLeast(Self.least).log() - density + 1
    // log 1 = 0, and the terms of a single position are 0 too.
    let scale = size(of: energies).log().atLeast(0.5)
    return (mean .> 0).choose(terms.mean(axis: 2, keep: true) / scale, else: 0)
  }

  private static let least = 1e-37

  /// The sum of each channel's largest values, [N, C, 1].
  ///
  /// - Parameter count: the number of values for each image, at least one and at most a quarter of the
  ///   positions; [N, 1, 1].
  private func sumOfLargest(_ energies: Tensor, count: Tensor) -> Tensor {
    let sorted: Tensor
    let ranks: Tensor
    if let positions {
      let most = max(1, positions / 4)
      sorted = energies.largest(most, axis: 2).values
      ranks = Tensor((0..<most).map { Float($0) }, dims: [1, 1, most])
    } else {
      let most = (size(of: energies) * 0.25).floor().atLeast(1).cast(to: .int64)
      sorted = energies.largest(most, axis: 2).values
      ranks = Tensor.range(from: Tensor([Int64(0)], dims: []), to: most.reshaped([])).cast(to: .float)
    }
    return (sorted * (ranks .< count).cast(to: .float)).sum(axis: 2, keep: true)
  }

  /// P as a number, [1].
  private func size(of energies: Tensor) -> Tensor {
    positions.map { Tensor([Float($0)]) } ?? energies.shape().slice(2..<3, axis: 0).cast(to: .float)
  }
}

extension MapLayout {
  /// A map by channels, [N, C, positions].
  func channelRows(_ map: Tensor) -> Tensor {
    switch self {
    case .channelsFirst: map.reshaped([0, 0, -1])
    case .channelsLast: map.transposed([0, 3, 1, 2]).reshaped([0, 0, -1])
    case .tokens: map.transposed([0, 2, 1])
    }
  }
}
