import OddityScores
import ONNXGraph

/// How much each position of a feature map adds to a score.
package struct PositionMap: Sendable {
  /// The score.
  package enum Of: Sendable {
    /// FeatureNorm of the block: `(1/C) Σ_c F_cp²/‖F_c‖₂` with F = ReLU of the map. The sum over positions is
    /// FeatureNorm.
    case featureNorm
    /// The energy, linearised at the image: `(1/HW) Σ_c g_c·F_cp`, where `g = Wᵀ softmax(l)` is the gradient
    /// of the energy with respect to the pooled features. The sum over positions is `Σ softmax(l)·(l − b)`.
    case energy(LinearHead)
  }

  package let of: Of
  package let block: Block
  package let height: Int
  package let width: Int

  /// - Throws: ``OddityError`` `.usage` if the block has no fixed height and width.
  package init(_ of: Of, at block: Block, model: String) throws(OddityError) {
    guard let height = block.height, let width = block.width else {
      throw OddityError(
        .usage,
        "'\(block.tensor)' of \(model) has no fixed height and width, which a map of positions needs: leave out \(.map), or name a "
          + "feature map that has both")
    }
    (self.of, self.block, self.height, self.width) = (of, block, height, width)
  }

  /// The name of the score.
  package var score: String {
    switch of {
    case .featureNorm: ScoreName.featurenorm.description
    case .energy: ScoreName.energy.description
    }
  }

  /// Appends the map to the graph of a classifier, float32 [N, height, width].
  package func append(to classifier: Classifier) -> Tensor {
    let graph = classifier.model.graph
    let sums =
      switch of {
      case .featureNorm: norms(block.activations(in: graph))
      case .energy(let head):
        energies(graph.singlePrecision(block.tensor), head, logits: classifier.logitForm.rows())
      }
    return sums.reshaped([-1, height, width])
  }

  private func norms(_ map: Tensor) -> Tensor {
    let squares = map.squared()
    let norms = squares.sum(axes: block.layout.positionAxes).squareRoot()
    let channels = Double(block.channels ?? 1)
    return weighted(squares, by: 1 / (norms.atLeast(1e-30) * channels))
  }

  private func energies(_ map: Tensor, _ head: LinearHead, logits: Tensor) -> Tensor {
    weighted(map, by: head.pulledBack(logits.softmax(axis: 1)) / Double(height * width))
  }

  /// The weighted sum over channels at each position.
  ///
  /// - Parameters:
  ///   - map: in the layout of the block.
  ///   - weights: [N, C].
  private func weighted(_ map: Tensor, by weights: Tensor) -> Tensor {
    let (positions, channels) = (height * width, block.channels ?? -1)
    return block.layout == .channelsFirst
      ? weights.reshaped([-1, 1, channels]).matmul(map.reshaped([-1, channels, positions]))
      : map.reshaped([-1, positions, channels]).matmul(weights.reshaped([-1, channels, 1]))
  }
}
