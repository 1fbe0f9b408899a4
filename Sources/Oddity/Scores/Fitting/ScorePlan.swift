/// The scores to fit, with their parameters: what they tap, and what becomes of them when the data is there.
struct ScorePlan: Sendable {
  /// In the order in which they were asked for.
  let names: [ScoreName]
  private let settings: ScoreSettings

  /// - Throws: ``OddityError`` `.usage` where nothing is asked for, something twice, or parameters are set of a score that
  ///   is not asked for.
  init(_ names: [ScoreName], settings: ScoreSettings = ScoreSettings()) throws(OddityError) {
    guard !names.isEmpty, Set(names).count == names.count else {
      throw OddityError(.usage, "name at least one score to fit, and none twice")
    }
    (self.names, self.settings) = (names, settings)
    let fitted = leaves.compactMap { $0.method?.description.name }
    if let stranger = settings.scores.first(where: { !fitted.contains($0) }) {
      throw OddityError(.usage, "--set \(stranger).…: \(stranger) is not among the scores to fit")
    }
  }

  /// What all the scores see of the classifier; FeatureNorms of blocks aside.
  var taps: Set<Tap> {
    leaves.reduce(into: []) { taps, name in
      guard let score = score(name) else { return }
      taps.formUnion(score.taps)
      if case .withSelectedNorm = name.form, type(of: score).description.composition != .distance {
        taps.insert(.features)
      }
    }
  }

  var statistics: Set<FitStatistic> {
    leaves.reduce(into: []) { $0.formUnion(score($1)?.statistics ?? []) }
  }

  /// Whether W and b are needed.
  var needsHead: Bool {
    leaves.contains { name in
      guard let description = name.method?.description else { return false }
      if case .withSelectedNorm = name.form, description.composition != .distance { return true }
      return description.networks == .linearHead
    }
  }

  /// Plain and composed scores, those that ensembles are made of among them; each once.
  var leaves: [ScoreName] {
    var seen: Set<ScoreName> = []
    return names.flatMap(\.leaves).filter { seen.insert($0).inserted }
  }

  var hasEnsembles: Bool { names.contains { $0.leaves.count > 1 } }

  /// Refuses what the classifier cannot give.
  func check(_ classifier: Classifier) throws(OddityError) {
    if taps.contains(.features) || needsHead {
      guard classifier.head.features != nil, classifier.featureCount != nil else {
        throw OddityError.noLinearHead(classifier)
      }
    }
    if needsHead, !classifier.head.isLinear { throw OddityError.noLinearHead(classifier) }
    if leaves.contains(.msp), classifier.classes < 2 {
      throw OddityError(
        .usage,
        "msp needs at least two classes, and \(classifier.model.name) has \(classifier.classes): choose another score"
      )
    }
  }

  /// Fits a plain or composed score.
  func fit(_ name: ScoreName, to data: FitData) throws -> any FittedScore {
    guard let score = score(name) else { preconditionFailure("\(name) is made of others") }
    guard case .withSelectedNorm = name.form else { return try score.fitted(to: data) }
    return try SelectedNormComposition.fitted(score, to: data)
  }

  /// The score of a plain or composed name, not fitted yet.
  private func score(_ name: ScoreName) -> (any Score)? {
    name.method.map { $0.init(settings.parameters(of: $0.description)) }
  }
}
