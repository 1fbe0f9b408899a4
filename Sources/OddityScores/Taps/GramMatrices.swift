import OddityClassifier
import ONNXGraph

/// Row sums of a block's Gram matrices, of the powers 1 to 5: how strongly each channel goes together with all others.
///
/// Of a map F [C, positions] and a power p the matrix is `F^p (F^p)ᵀ` with powers by element, and its row sums are
/// `v_c = Σ_positions F_c^p · Σ_c′ F_c′^p`, of which the signed p-th root is taken (Sastry & Oore, ICML 2020): no C × C matrix is made.
/// Powers are taken of F/m, m the largest absolute value of the image's own map, and the root is multiplied by m²: the same number,
/// in the range of single precision. m itself follows the row sums of a block.
package struct GramMatrices: Hashable, Sendable {
  /// How many of the last blocks; nil for as many as fit.
  let last: Int?

  static let powers = 1...5

  /// Bytes of the tables that a guarded model then has: a minimum and a maximum of every number for every class.
  static let tableLimit = 256 << 20

  /// The blocks, those that have a known number of channels.
  func blocks(of classifier: Classifier) -> [Block] {
    let known = classifier.blocks.filter { $0.channels != nil }
    if let last { return known.suffix(last) }
    var room = Self.tableLimit / (2 * MemoryLayout<Float>.size * max(classifier.classes, 1))
    var count = 0
    for block in known.reversed() {
      room -= Self.width(block)
      if room < 0, count > 0 { break }
      count += 1
    }
    return known.suffix(count)
  }

  /// Numbers of a block: row sums by power and channel, then m.
  static func width(_ block: Block) -> Int { powers.count * (block.channels ?? 0) + 1 }

  /// The numbers of an image, [N, Σ widths].
  func sums(of classifier: Classifier) -> Tensor {
    let parts = blocks(of: classifier).flatMap { Self.sums(of: $0, in: classifier.model.graph) }
    return parts.count == 1 ? parts[0] : .concatenation(parts, axis: 1)
  }

  /// Those of one block: a tensor [N, C] for each power, and m [N, 1].
  static func sums(of block: Block, in graph: Graph) -> [Tensor] {
    let map = graph.singlePrecision(block.tensor)
    let (positions, channels) = (block.layout.positionAxes, block.layout.channelAxis)
    let largest = map.abs().max(axes: (positions + [channels]).sorted(), keep: true)
    let scaled = map / largest.atLeast(1e-30)
    let column = largest.reshaped([-1, 1])
    var power = scaled
    var sums: [Tensor] = []
    for exponent in powers {
      if exponent > 1 { power = power * scaled }
      let sum = (power * power.sum(axis: channels, keep: true)).sum(axes: positions)
      sums.append(sum.signedRoot(exponent) * column.squared())
    }
    return sums + [column]
  }
}

extension Tensor {
  /// `sign(x)·|x|^(1/n)`
  fileprivate func signedRoot(_ exponent: Int) -> Tensor {
    guard exponent > 1 else { return self }
    let size = abs().atLeast(1e-37)
    let root = exponent == 2 ? size.squareRoot() : (size.log() / Double(exponent)).exp()
    return sign() * root
  }
}
