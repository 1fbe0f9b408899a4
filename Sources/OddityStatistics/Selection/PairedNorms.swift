/// FeatureNorms of images and of their own pseudo-OOD images, block by block.
///
/// This is all that is kept of a pass over the data: N × B numbers of each kind.
package struct PairedNorms: Sendable {
  /// `inDistribution[b][i]`: FeatureNorm of image i at block b.
  package private(set) var inDistribution: [[Float]]
  /// `pseudoOOD[b][i]`: FeatureNorm of the pseudo-OOD image made from image i at block b.
  package private(set) var pseudoOOD: [[Float]]

  package var blockCount: Int { inDistribution.count }
  package var imageCount: Int { inDistribution.first?.count ?? 0 }

  /// - Parameter capacity: for how many images memory is taken at once; more can be added.
  package init(blockCount: Int, capacity: Int = 0) {
    inDistribution = (0..<blockCount).map { _ in Self.empty(capacity) }
    pseudoOOD = (0..<blockCount).map { _ in Self.empty(capacity) }
  }

  private static func empty(_ capacity: Int) -> [Float] {
    var column: [Float] = []
    column.reserveCapacity(capacity)
    return column
  }

  /// Adds one image.
  ///
  /// - Parameters:
  ///   - image: its norms, one for each block.
  ///   - pseudo: the norms of its pseudo-OOD image.
  package mutating func append(image: some Collection<Float>, pseudo: some Collection<Float>) {
    precondition(image.count == blockCount && pseudo.count == blockCount, "one norm for each block")
    for (block, norm) in image.enumerated() { inDistribution[block].append(norm) }
    for (block, norm) in pseudo.enumerated() { pseudoOOD[block].append(norm) }
  }

  /// The NormRatio of every block.
  package func normRatios() -> [NormRatio] {
    (0..<blockCount).map { NormRatio(inDistribution: inDistribution[$0], pseudoOOD: pseudoOOD[$0]) }
  }

  /// The ratio of image i at block b, or nil where it is undefined.
  func ratio(block: Int, image: Int) -> Double? {
    NormRatio.ratio(inDistribution[block][image], pseudoOOD[block][image])
  }
}
