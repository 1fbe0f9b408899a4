import Foundation
import ONNXGraph

/// The classifier with the FeatureNorm of every candidate block, every logit score asked for and, where wanted, the
/// predicted class as further outputs: one forward pass gives them all.
struct ProbeGraph {
  let bytes: Data
  /// The candidates' FeatureNorms, then the scores, then the class: one output each, float32 [N].
  let outputs: [String]
  let candidates: [Block]
  let scores: [ScoreName]

  init(_ classifier: Classifier, candidates: [Block], scores: [ScoreName], predictsClass: Bool = false) throws
  {
    var appendix = Appendix(to: classifier.engineModel)
    let norms = candidates.map { FeatureNorm(block: $0).append(to: &appendix, of: classifier) }
    let logitScores = scores.compactMap(\.logitScore).map { $0.append(to: &appendix, of: classifier) }
    let predicted = predictsClass ? [PredictedClass().append(to: &appendix, of: classifier)] : []
    outputs = norms + logitScores + predicted
    for output in outputs { appendix.addOutput(output, type: .float, batch: classifier.image) }
    self.candidates = candidates
    self.scores = scores.filter { $0.logitScore != nil }
    bytes = try appendix.appended(to: classifier.engineModel)
  }

  /// Where a score's values are among the outputs, given the block chosen.
  func column(of score: ScoreName, block: Int) -> Int? {
    score == .featurenorm ? block : scores.firstIndex(of: score).map { candidates.count + $0 }
  }
}
