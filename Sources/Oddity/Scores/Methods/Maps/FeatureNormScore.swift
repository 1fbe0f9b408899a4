/// ``FeatureNorm`` of the selected block (Yu et al., CVPR 2023, eq. 1).
struct FeatureNormScore: Score {
  static let description = ScoreDescription(
    name: "featurenorm", summary: "FeatureNorm of the selected block", paper: "Yu et al., CVPR 2023",
    fits: "the block, by NormRatio", forms: .any)

  let taps: Set<Tap> = []

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) -> any FittedScore { Fitted(block: data.block) }

  private struct Fitted: FittedScore {
    let block: Block

    func append(to nodes: inout ScoreNodes) -> String { nodes.selectedNorm(of: block) }
  }
}

extension ScoreNodes {
  /// FeatureNorm of a block, [N].
  mutating func selectedNorm(of block: Block) -> String {
    let column = tensor(of: .featureNorm(block))
    return appendix.reshape(column, to: [-1])
  }
}
