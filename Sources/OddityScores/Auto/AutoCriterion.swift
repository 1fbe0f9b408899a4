/// The criterion by which `auto` ranks candidates: how well each separates held-out images from pseudo-OOD
/// images of several kinds.
///
/// No OOD image is used. A single kind would mislead: noise favours other scores than shuffled tiles do.
/// `docs/benchmarks.md` lists what each criterion loses against the best score in hindsight.
public enum AutoCriterion: String, Sendable, Codable, CaseIterable {
  /// The mean AUROC over kinds, which `auto` uses.
  case meanAUROC = "mean AUROC"
  /// The mean over kinds of 1 − FPR95.
  case meanFPR95 = "mean FPR95"
  /// The smallest AUROC over kinds.
  case worstAUROC = "worst AUROC"
  /// AUROC against only the first kind.
  case firstAUROC = "AUROC of the first kind"
  /// FeatureNorm at the block with the largest NormRatio, the criterion of the paper.
  case normRatio = "NormRatio"

  /// The criterion that `auto` uses. It is frozen: benchmarks must not change it.
  public static let standard = AutoCriterion.meanAUROC

  /// The value of a candidate, where larger is better; `nil` if the criterion does not rank it.
  func value(_ candidate: AutoCandidate) -> Double? {
    let count = Double(candidate.aurocs.count)
    return switch self {
    case .meanAUROC: candidate.aurocs.reduce(0, +) / count
    case .meanFPR95: 1 - candidate.fpr95s.reduce(0, +) / count
    case .worstAUROC: candidate.aurocs.min()
    case .firstAUROC: candidate.aurocs.first
    case .normRatio: candidate.isSelectedNorm ? 1 : nil
    }
  }
}

/// A score that `auto` may choose, with its results on pseudo-OOD images.
package struct AutoCandidate: Sendable {
  package let name: ScoreName
  /// The position of the candidate block whose norm is used; `nil` for other scores.
  package let block: Int?
  /// Whether it is FeatureNorm at the block that NormRatio selects.
  package let isSelectedNorm: Bool
  /// AUROC of the select part against each kind of pseudo-OOD images.
  package let aurocs: [Double]
  /// FPR95 of the select part against each kind.
  package let fpr95s: [Double]

  package init(name: ScoreName, block: Int?, isSelectedNorm: Bool, aurocs: [Double], fpr95s: [Double]) {
    (self.name, self.block, self.isSelectedNorm) = (name, block, isSelectedNorm)
    (self.aurocs, self.fpr95s) = (aurocs, fpr95s)
  }

  /// On some networks scores are reversed: pseudo-OOD images score higher than images.
  var isReversed: Bool { aurocs.reduce(0, +) <= 0.5 * Double(aurocs.count) }
}
