import OddityClassifier
import ONNXGraph

/// Row sums of a block's Gram matrices for the powers 1 to 5: how strongly each channel correlates with all
/// others.
///
/// For a map F [C, positions] and a power p, the matrix is `F^p (F^p)ᵀ` with element-wise powers. Its row
/// sums are `v_c = Σ_positions F_c^p · Σ_c′ F_c′^p`, of which the signed p-th root is taken (Sastry & Oore,
/// ICML 2020). This needs no C × C matrix. Powers are taken of F/m, where m is the largest absolute value of
/// the image's own map, and the root is multiplied by m². This gives the same number within the range of
/// single precision. m follows the row sums of a block.
package struct GramMatrices: Hashable, Sendable {
  /// The number of last blocks; nil means as many as fit.
  let last: Int?

  static let powers = 1...5

  /// The sizes in bytes of a guarded model's tables: blocks are used by default up to the first, and the
  /// second is the limit, because a file holds 2 GB.
  private static let (usualTables, largestTables) = (256 << 20, 1536 << 20)

  /// The blocks that have a known number of channels.
  func blocks(of classifier: Classifier) -> [Block] {
    let known = classifier.blocks.filter { $0.channels != nil }
    return known.suffix(last ?? Self.usualCount(known.map(Self.width), classes: classifier.classes))
  }

  /// The number of last blocks whose tables have a usual size, at least one.
  ///
  /// - Parameter widths: the number of values of each block.
  static func usualCount(_ widths: [Int], classes: Int) -> Int {
    let sums = widths.reversed().reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    return max(sums.dropFirst().count { tables(of: $0, classes: classes) <= usualTables }, 1)
  }

  /// The bytes of a minimum and a maximum of every value for every class.
  private static func tables(of width: Int, classes: Int) -> Int {
    2 * MemoryLayout<Float>.size * width * classes
  }

  /// - Throws: ``OddityError`` `.noBlocks` if there is no such block, `.usage` if their tables are too large.
  func check(_ classifier: Classifier) throws(OddityError) {
    let blocks = blocks(of: classifier)
    if blocks.isEmpty { throw OddityError.noBlocks(in: classifier) }
    try Self.check(blocks.map(Self.width), classes: classifier.classes)
  }

  /// - Throws: ``OddityError`` `.usage` if the tables are too large for a file.
  static func check(_ widths: [Int], classes: Int) throws(OddityError) {
    let size = tables(of: widths.reduce(0, +), classes: classes)
    guard size <= largestTables else {
      throw OddityError(
        .usage,
        "tables of \(size >> 20) MB for \(widths.count) blocks and \(classes) classes are too large for a "
          + "model file: set a smaller gram.blocks")
    }
  }

  /// The number of values of a block: row sums by power and channel, then m.
  static func width(_ block: Block) -> Int { powers.count * (block.channels ?? 0) + 1 }

  /// The values of an image, [N, Σ widths].
  func sums(of classifier: Classifier) -> Tensor {
    let parts = blocks(of: classifier).flatMap { Self.sums(of: $0, in: classifier.model.graph) }
    return parts.count == 1 ? parts[0] : .concatenation(parts, axis: 1)
  }

  /// The values of one block: a tensor [N, C] for each power, and m [N, 1].
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
