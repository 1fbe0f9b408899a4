import OddityClassifier

/// Both halves of the images, each evaluated with a fusion learnt from the other half.
struct FusionHalves: Sendable {
  private let kinds: Int
  private let judged: [ColumnTable]
  /// For each half, the learning on the other half, which evaluates it.
  let learnings: [FusionLearning]

  /// - Throws: ``OddityError`` `.badData` if nothing can be learnt from one half.
  init(_ table: ColumnTable) throws(OddityError) {
    kinds = table.kinds.count
    judged = (0..<2).map(table.half)
    learnings = judged.reversed().map(FusionLearning.init)
    guard judged.allSatisfy({ $0.images.count > 0 }), !learnings.contains(where: \.usable.isEmpty) else {
      throw OddityError(
        .badData,
        "fusion cannot be judged: one half of the images is empty, or no score varies on it; give more images with \(.inDistribution)"
      )
    }
  }

  /// The metrics of a fusion of all given columns.
  func metrics(ofAll columns: [Int]) throws(OddityError) -> (aurocs: [Double], fpr95s: [Double]) {
    try metrics(learnings.map { _ in Array(repeating: columns, count: kinds) })
  }

  /// AUROC and FPR95 against each kind, with weights learnt without that kind, averaged over both halves.
  ///
  /// - Parameter choices: for each half, the columns with which each kind is evaluated.
  func metrics(_ choices: [[[Int]]]) throws(OddityError) -> (aurocs: [Double], fpr95s: [Double]) {
    let all = Double(judged.reduce(0) { $0 + $1.images.count })
    var (aurocs, fpr95s) = (Array(repeating: 0.0, count: kinds), Array(repeating: 0.0, count: kinds))
    for (half, choices) in choices.enumerated() {
      let share = Double(judged[half].images.count) / all
      for (kind, metrics) in try metrics(of: half, choices).enumerated() {
        aurocs[kind] += share * metrics.auroc
        fpr95s[kind] += share * metrics.fpr95
      }
    }
    return (aurocs, fpr95s)
  }

  /// The metrics of one half for each kind.
  private func metrics(of half: Int, _ choices: [[Int]]) throws(OddityError) -> [DetectionMetrics] {
    let (learning, judged) = (learnings[half], judged[half])
    // A column that varies over all images may be constant on half of them.
    let choices = choices.map { $0.filter(learning.usable.contains) }
    var weights: [[Int]: [[Double]]] = [:]
    for choice in Set(choices) { weights[choice] = try learning.weights(of: choice) }
    return try choices.enumerated().map { kind, columns throws(OddityError) in
      let others = (weights[columns] ?? []).enumerated().filter { $0.offset != kind }.map(\.element)
      let fusion = learning.fusion(of: columns, weights: others)
      return try DetectionMetrics(
        inDistribution: judged.images.scores(columns, fusion),
        outOfDistribution: judged.kinds[kind].rows.scores(columns, fusion))
    }
  }
}

extension ColumnTable.Rows {
  /// The fused score of each image for some of the columns.
  fileprivate func scores(_ chosen: [Int], _ fusion: Fusion) -> [Double] {
    (0..<count).map { row in fusion.score(chosen.map { columns[$0][row] }) }
  }
}
