import Foundation

/// `log((1 − P)/P)` with P the probability of the unknown class of OpenMax (Bendale & Boult, CVPR 2016, alg. 1 and 2).
///
/// The i-th largest of the α largest logits, of class c, becomes `l̂_c = l_c(1 − ω_i·F_c(‖l − μ_c‖₂))`, `ω_i = (α + 1 − i)/α`;
/// the unknown class takes what they lose, `l̂_0 = Σ l_c − l̂_c`, and `P = exp l̂_0 / (exp l̂_0 + Σ exp l̂_c)`. So the score is
/// `logsumexp(l̂) − l̂_0`, which ranks as 1 − P does and does not saturate. μ_c is the mean of the logits of correctly
/// classified images of a class, F_c a Weibull distribution of the largest of their distances to it.
///
/// The location of F_c is zero: libMR, which the authors use, moves distances by a constant of its own first. A class of
/// which fewer than two of these distances differ is not recalibrated.
struct OpenMax: Score {
  static let description = ScoreDescription(
    name: "openmax", summary: "odds against the unknown class of Weibull-recalibrated logits",
    paper: "Bendale & Boult, CVPR 2016", fits: "class means of logits, Weibull distributions on a sample",
    parameters: [
      ScoreParameter(
        "alpha", "how many of the largest logits are recalibrated", standard: nil,
        standardText: "min(3, classes)", range: 1...Double.greatestFiniteMagnitude, isWhole: true),
      ScoreParameter(
        "tail", "largest distances of a class that its distribution is fitted to", standard: 20,
        range: 2...Double(FitData.sampleSize), isWhole: true),
    ])

  let taps: Set<Tap> = [.logits]
  private let alpha: Double?
  private let tail: Int

  init(_ parameters: ScoreParameters) {
    alpha = parameters["alpha"]
    tail = Int(parameters.number("tail"))
  }

  func fitted(to data: FitData) throws -> any FittedScore {
    let alpha = min(self.alpha ?? 3, self.alpha == nil ? Double(data.classes) : .infinity)
    guard alpha <= Double(data.classes) else {
      throw OddityError(
        .usage,
        "openmax.alpha=\(Numbers.shortest(alpha)): the classifier has \(data.classes) classes, so alpha is a whole number "
          + "from 1 to \(data.classes)")
    }
    let table = data.sample
    let classes = (0..<data.classes).map { index in
      LogitClass(
        (0..<table.count).filter { table.label($0) == index && table.predicted[$0] == index }.map {
          table.logit($0)
        }, width: data.classes, tail: tail)
    }
    return Fitted(classes: classes, alpha: Int(alpha), isLabelled: table.isLabelled)
  }

  private struct Fitted: FittedScore {
    let classes: [LogitClass]
    let alpha: Int
    let isLabelled: Bool

    var state: [String: ScoreState.Value] {
      [
        "alpha": .number(Double(alpha)), "labels": .text(isLabelled ? "true" : "predicted"),
        "classes": .number(Double(classes.count { $0.tail != nil })),
      ]
    }

    func append(to nodes: inout ScoreNodes) -> String {
      let logits = nodes.logits
      let wanted = nodes.appendix.constant([Int64(alpha)], dims: [1])
      let top = nodes.appendix.add("TopK", [logits, wanted], ["axis": .int(1)], outputs: [nil, nil])
      let shares = outlyingness(of: logits, indices: top[1], in: &nodes)
      let ranks = (0..<alpha).map { Float(Double(alpha - $0) / Double(alpha)) }
      let weights = nodes.appendix.add(
        "Mul", [shares, nodes.appendix.constant(ranks, dims: [1, alpha])])
      let lost = nodes.appendix.add("Mul", [top[0], weights])
      let kept = nodes.appendix.add("Sub", [top[0], lost])
      let recalibrated = nodes.appendix.add(
        "ScatterElements", [logits, top[1], kept], ["axis": .int(1)])
      let unknown = nodes.appendix.reduce(.sum, lost, axes: [1])
      return nodes.appendix.add("Sub", [nodes.energy(recalibrated), unknown])
    }

    /// `F_c(‖l − μ_c‖)` of the classes with the largest logits, [N, α].
    private func outlyingness(of logits: String, indices: String, in nodes: inout ScoreNodes) -> String {
      let count = classes.count
      func table(_ values: [Float], dims: [Int]) -> String {
        nodes.appendix.add(
          "Gather", [nodes.appendix.constant(values, dims: dims), indices], ["axis": .int(0)])
      }
      let means = table(classes.flatMap { $0.mean.map { Float($0) } }, dims: [count, count])
      let single = nodes.appendix.reshape(logits, to: [-1, 1, count])
      let distances = nodes.appendix.reduce(.l2, nodes.appendix.add("Sub", [single, means]), axes: [2])
      // (d/λ)^k = exp(k(log d − log λ)); without a distribution log λ is infinite, and F zero.
      let logScales = table(classes.map { Float($0.tail.map { log($0.scale) } ?? .infinity) }, dims: [count])
      let shapes = table(classes.map { Float($0.tail?.shape ?? 1) }, dims: [count])
      let ratios = nodes.appendix.add("Sub", [nodes.appendix.add("Log", [distances]), logScales])
      let powers = nodes.appendix.add("Exp", [nodes.appendix.add("Mul", [ratios, shapes])])
      let survival = nodes.appendix.add("Exp", [nodes.appendix.add("Neg", [powers])])
      return nodes.appendix.add("Sub", [nodes.number(1), survival])
    }
  }
}

/// What OpenMax knows of a class.
private struct LogitClass {
  /// μ, [C]; zeros where no image is correctly classified.
  let mean: [Double]
  /// Of the largest distances to it; `nil` where they tell none.
  let tail: WeibullDistribution?

  init(_ rows: [ArraySlice<Float>], width: Int, tail count: Int) {
    var mean = [Double](repeating: 0, count: width)
    for row in rows {
      for (position, value) in row.enumerated() { mean[position] += Double(value) / Double(rows.count) }
    }
    let distances = rows.map { row in
      zip(row, mean).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }.squareRoot()
    }
    self.mean = mean
    tail = WeibullDistribution(fittedTo: Array(distances.sorted(by: >).prefix(count)))
  }
}
