/// `Σ_{c≠ŷ} |l_c − l_ŷ| / ‖w_c − w_ŷ‖ / ‖z − μ‖`: the distance to the decision boundaries (Liu & Qin, *fDBD*, ICML
/// 2024). Classes with identical weights contribute nothing.
struct FDBD: Score {
  static let description = ScoreDescription(
    name: "fdbd", summary: "distance to the decision boundaries", paper: "Liu & Qin, ICML 2024",
    fits: "the mean of z", networks: .linearHead)

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.moments]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) throws -> any FittedScore {
    guard let head = data.head else { preconditionFailure("a linear head was asked for") }
    return Fitted(mean: try data.mean(), inverseDistances: Self.inverseDistances(head), classes: head.classes)
  }

  /// `1 / ‖w_c − w_k‖`, [C, C]; 0 where it is not defined.
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

  private struct Fitted: FittedScore {
    let mean: [Double]
    let inverseDistances: [Float]
    let classes: Int

    func append(to nodes: inout ScoreNodes) -> String {
      let (features, logits) = (nodes.features, nodes.logits)
      let largest = nodes.appendix.reduce(.max, logits, axes: [1], keep: true)
      let margins = nodes.appendix.add("Sub", [largest, logits])
      let distances = nodes.innerProduct(margins, nodes.rowOfPredictedClass(inverseDistances, width: classes))
      let length = nodes.norm(nodes.centred(features, about: mean))
      let least = nodes.appendix.constant([Float(1e-12)], dims: [1])
      return nodes.appendix.add("Div", [distances, nodes.appendix.add("Max", [length, least])])
    }
  }
}
