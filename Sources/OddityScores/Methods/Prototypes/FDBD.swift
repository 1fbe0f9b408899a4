import ONNXGraph

/// `Σ_{c≠ŷ} |l_c − l_ŷ| / ‖w_c − w_ŷ‖ / ‖z − μ‖`: the distance to the decision boundaries (Liu & Qin, *fDBD*, ICML
/// 2024). Classes with identical weights contribute nothing.
///
/// Each of several independent labels has its own boundary, `l_c = 0`. The distances are then `Σ_c |l_c| /
/// ‖w_c‖ / ‖z − μ‖`.
struct FDBD: LinearHeadScore {
  static let description = ScoreDescription(
    name: "fdbd", summary: "distance to the decision boundaries", paper: "Liu & Qin, ICML 2024",
    fits: "the mean of z", networks: .linearHead, forms: .sureness, sign: .positive)

  let statistics: Set<FitStatistic> = [.mean]

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let mean = try data.mean()
    // For pairs of classes, or for labels.
    let inverses = data.form == .softmax ? Self.inverseDistances(head) : Self.inverseLengths(head)
    return FittedScore { x in
      Self.distances(x, inverses) / x.features.centred(about: mean).norm(axis: 1).atLeast(1e-12)
    }
  }

  private static func distances(_ x: ScoreInputs, _ inverses: [Float]) -> Tensor {
    guard x.form == .softmax else { return x.logits.abs().dot(Tensor(inverses, dims: [1, x.classes])) }
    let margins = x.logits.max(axis: 1, keep: true) - x.logits
    return margins.dot(x.rowOfPredictedClass(inverses, width: x.classes))
  }

  /// `1 / ‖w_c‖`, [C]; 0 if it is not defined.
  private static func inverseLengths(_ head: LinearHead) -> [Float] {
    (0..<head.classes).map { index in
      let square = head.row(index).squaredNorm
      return square > 0 ? Float(1 / square.squareRoot()) : 0
    }
  }

  /// `1 / ‖w_c − w_k‖`, [C, C]; 0 if it is not defined.
  private static func inverseDistances(_ head: LinearHead) -> [Float] {
    (0..<head.classes).flatMap { k in
      (0..<head.classes).map { c in
        let squares = zip(head.row(c), head.row(k)).reduce(0.0) { sum, pair in
          let difference = Double(pair.0) - Double(pair.1)
          return sum + difference * difference
        }
        return squares > 0 ? Float(1 / squares.squareRoot()) : 0
      }
    }
  }
}
