import OddityClassifier
import ONNXGraph

/// ``LocalNorm`` of the selected block: FeatureNorm with channels weighted by how local they are (*FuseNorm*, 2025).
struct FuseNorm: BlockScore {
  static let description = ScoreDescription(
    name: "atf", summary: "norm of the selected block's channels, weighted by how local they are",
    paper: "FuseNorm, 2025", fits: "the block, by NormRatio", cost: "sorts the block's map", forms: .any)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [] }
  func taps(at block: Block) -> Set<Tap> { [.localNorm(block)] }

  func fitted(to data: FitData) -> FittedScore {
    FittedScore { [block = data.block] x in x[.localNorm(block)].flattened() }
  }
}
