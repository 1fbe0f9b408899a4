import OddityClassifier

/// The scores to fit with their parameters: what they tap, and how they are fitted to the data.
package struct ScorePlan: Sendable {
  /// The scores in the order in which they were requested.
  package private(set) var names: [ScoreName]
  /// The scores that `auto` may choose and that a fusion may contain, without FeatureNorms; empty if neither
  /// is requested.
  package let candidates: [ScoreName]
  /// The requested scores that are impossible with this classifier.
  package private(set) var leftOut: [ScoreLeftOut]
  private let settings: ScoreSettings
  private let seed: UInt64
  /// The meaning of the logits.
  package let form: LogitForm
  private let needsAll: Bool

  /// Leaves out scores that are impossible with the classifier, except the first, which is calibrated, and
  /// scores with parameters that were set.
  ///
  /// - Parameters:
  ///   - beside: a score that is measured although nobody requested it, and that has no settings.
  ///   - seed: the seed of random draws of scores.
  ///   - form: the meaning of the logits; nil derives it from the classifier's graph.
  /// - Throws: ``OddityError`` `.usage` if no score is requested, a score is requested twice, a score is
  ///   meaningless on the classifier's logits, the first score is impossible with the classifier, or
  ///   parameters are set for a score that is not requested.
  package init(
    _ names: [ScoreName], beside: [ScoreName] = [], settings: ScoreSettings = ScoreSettings(),
    classifier: Classifier? = nil, form: LogitForm? = nil, seed: UInt64 = 0, needsAll: Bool = false
  ) throws(OddityError) {
    guard !names.isEmpty, Set(names).count == names.count else {
      throw OddityError(.usage, "name at least one score to fit, and each score only once")
    }
    guard !names.dropFirst().contains(.auto) else {
      throw OddityError(.usage, "auto chooses the calibrated score, which is the first one: name auto first")
    }
    let form = form ?? classifier.map { LogitForm($0.headKind, classes: $0.classes) } ?? .softmax
    if let classifier {
      let strangers = Self.leaves(of: names).filter { !$0.hasMeaning(on: form) }.map(\.description)
      if !strangers.isEmpty { throw form.refusal(of: strangers, model: classifier.model.name) }
    }
    (self.settings, self.form, self.seed, self.needsAll) = (settings, form, seed, needsAll)
    var given: [ScoreName] = []
    var leftOut: [ScoreLeftOut] = []
    for (position, name) in names.enumerated() {
      if let error = classifier.flatMap({ Self.refusal(of: name, by: $0) }) {
        if position == 0 || needsAll || settings.concern(name) { throw error }
        leftOut.append(ScoreLeftOut(name, error))
      } else {
        given.append(name)
      }
    }
    (self.names, self.leftOut) = (given + beside, leftOut)
    // A temperature is fitted only on request, because that takes half of the calibration images.
    let hasTemperature =
      settings.setsTemperature
      || Self.leaves(of: names).contains { $0.fitsTemperature }
    candidates =
      names.contains(.auto) || names.contains(.fusion)
      ? Self.candidates(classifier, form).filter { hasTemperature || $0.method != TemperatureScaling.self }
      : []
    let fitted =
      Self.leaves(of: names + candidates).flatMap(\.described).map(\.name)
      + (names.contains { [.fusion, .auto].contains($0) } ? [FusionSettings.description.name] : [])
    if let stranger = settings.scores.first(where: { !fitted.contains($0) }) {
      throw OddityError(
        .usage,
        "\(.settings, "\(stranger).…"): \(stranger) is not among the scores to fit; name it with \(.scores)")
    }
  }

  /// Whether the other scores are fitted if this one cannot be.
  package func mayLeaveOut(_ name: ScoreName) -> Bool {
    name != names.first && !needsAll && !settings.concern(name)
  }

  /// The tensors of the classifier that all the scores read, if any of the blocks may be selected.
  package func taps(at blocks: [Block]) -> Set<Tap> { taps(of: names + candidates, at: blocks) }

  /// The tensors that some of them read, if any of the blocks may be selected.
  package func taps(of names: [ScoreName], at blocks: [Block] = []) -> Set<Tap> {
    Self.leaves(of: names).reduce(into: []) { taps, name in
      guard let method = name.method else { return }
      let own = method.init().taps(settings.parameters(of: method.description, seed: seed))
      taps.formUnion(own)
      for block in blocks { taps.formUnion(name.taps(at: block)) }
      if let multiplier = name.multiplier { taps.insert(multiplier.tap) }
      guard name.replacesFeatures else { return }
      taps.insert(.features)
      taps.formUnion(
        own.compactMap {
          if case .perturbedLogits(let image) = $0 { .perturbedFeatures(image) } else { nil }
        })
    }
  }

  /// Whether the gradient of the input is needed.
  package var needsGradient: Bool { names.contains { needsGradient($0) } }

  private func needsGradient(_ name: ScoreName) -> Bool {
    taps(of: [name]).contains { if case .perturbedLogits = $0 { true } else { false } }
  }

  /// The plan without the scores that need the gradient of the input.
  ///
  /// - Parameter error: why there is no gradient. It is thrown if the fit needs one of these scores.
  package func withoutGradient(_ error: OddityError) throws(OddityError) -> ScorePlan {
    var plan = self
    for name in names where needsGradient(name) {
      guard mayLeaveOut(name) else { throw error }
      plan.names.removeAll { $0 == name }
      plan.leftOut.append(ScoreLeftOut(name, error))
    }
    return plan
  }

  package var statistics: Set<FitStatistic> {
    leaves.reduce(into: []) { $0.formUnion($1.method?.init().statistics ?? []) }
  }

  /// Whether a temperature has to be fitted, for which some of the calibration images are needed.
  package var fitsTemperature: Bool { Self.leaves(of: names).contains { fitsTemperature($0) } }

  /// Whether an indispensable score needs a fitted temperature.
  package var requiresTemperature: Bool {
    names.contains { !mayLeaveOut($0) && $0.leaves.contains { fitsTemperature($0) } }
  }

  private func fitsTemperature(_ leaf: ScoreName) -> Bool {
    leaf.fitsTemperature
      && !settings.setsTemperature
  }

  /// Whether something is chosen or learnt on pseudo-OOD images of several kinds.
  package var learnsFromPseudoOOD: Bool { names.contains { $0.isFusion || $0 == .auto } }

  /// The share of the classifier's arithmetic and of its bytes that a fusion may cost.
  package var fusionBudget: Double { settings.fusionBudget }

  /// The number of rows to store for scores to learn from. It is zero for scores that learn nothing, and for
  /// norms that only learn their block.
  package var sampleSize: Int {
    let isNeeded = leaves.contains { name in
      switch name.form {
      case .plain:
        name.method != FeatureNormScore.self && name != .atf && !(name.method is any CompleteScore.Type)
      case .norm: false
      default: true
      }
    }
    return isNeeded ? FitData.sampleSize : 0
  }

  /// The number of rows of the select part to store.
  package var selectSampleSize: Int { max(sampleSize, learnsFromPseudoOOD ? FusionRule.images : 0) }

  /// Whether W and b are needed.
  package var needsHead: Bool { leaves.contains(where: \.needsHead) }

  /// The plain and composed scores, including those in ensembles and those that `auto` may choose, each once.
  private var leaves: [ScoreName] { Self.leaves(of: names + candidates) }

  /// The plain and composed scores that others consist of, each once.
  package static func leaves(of names: [ScoreName]) -> [ScoreName] {
    var seen: Set<ScoreName> = []
    return names.flatMap(\.leaves).filter { $0 != .auto && seen.insert($0).inserted }
  }

  /// Fits a plain or composed score.
  ///
  /// - Parameter data: the data for a score with given parameters.
  /// - Throws: ``OddityError`` `.badData` if it learns from the fit part, and the fit part has no image.
  package func fit(_ name: ScoreName, to data: (ScoreParameters) -> FitData) throws -> FittedScore {
    guard let method = name.method else { preconditionFailure("\(name) is made of others") }
    let data = data(settings.parameters(of: method.description, seed: seed))
    guard data.fitCount > 0 || !name.learnsFromFitPart else {
      throw OddityError(
        .badData,
        "\(name) cannot learn, because the fit part has no image: pass more images with \(.inDistribution)"
      )
    }
    if case .withSelectedNorm = name.form {
      return try SelectedNormComposition.fitted(method.init(), to: data)
    }
    let plain = try method.init().fitted(to: data)
    guard let multiplier = name.multiplier, let sign = method.description.sign else { return plain }
    let parameters = settings.parameters(of: multiplier.statistic.multiplication)
    return try ChannelMultiplication(multiplier, of: data, parameters: parameters, for: name.description)
      .applied(to: plain, sign: sign)
  }
}

extension ScorePlan {
  /// Why a score is impossible with a classifier; `nil` if it is possible.
  private static func refusal(of name: ScoreName, by classifier: Classifier) -> OddityError? {
    for leaf in leaves(of: [name]) {
      do throws(OddityError) { try check(leaf, classifier) } catch { return error }
    }
    return nil
  }

  /// Refuses a score that is impossible with the classifier.
  private static func check(_ leaf: ScoreName, _ classifier: Classifier) throws(OddityError) {
    if case .norm(let index) = leaf.form, !classifier.blocks.indices.contains(index) {
      throw OddityError(
        .usage,
        "\(leaf): \(classifier.model.name) has \(classifier.blocks.count) blocks, counted from 0; \(.blocks) lists them"
      )
    }
    let plan = try ScorePlan([leaf])
    if plan.taps(of: plan.names).contains(.features), classifier.featureCount == nil {
      throw OddityError.noLinearHead(classifier)
    }
    if classifier.featureCount == 1, leaf.comparesDirections {
      throw OddityError(
        .usage,
        "\(leaf) compares directions of the features, but \(classifier.model.name) has only one feature: "
          + "choose another score, such as energy")
    }
    if leaf.needsHead, !classifier.hasLinearHead { throw OddityError.noLinearHead(classifier) }
    try leaf.method?.description.networks.checkMap(of: classifier)
    try leaf.checkMultiplier(classifier)
    for tap in plan.taps(of: plan.names) {
      do { try tap.check(classifier) } catch { throw OddityError(error.code, "\(leaf): \(error.message)") }
    }
  }

  /// The scores that `auto` does not consider. FeatureNorm is a candidate at every block, and is added
  /// separately. Random Fourier features, ODIN's perturbation, other second passes, RankFeat's chain of nodes
  /// and FuseNorm's sorting of every block's map cost more than all other scores together. CORES, the
  /// class-wise norm and Gram matrices would store many more floats for every image. KL matching learns its
  /// templates from the same images of the select part on which candidates are evaluated.
  private static let noCandidates: [any Score.Type] = [
    FeatureNormScore.self, KernelPCAOfFourierFeatures.self, ODIN.self, AdaSCALEA.self, AdaSCALEL.self,
    MaskedCAM.self,
    RankFeat.self, FuseNorm.self, CORES.self, ClassNorm.self, GramDeviation.self, KLMatching.self,
  ]

  /// All scores and compositions that are possible with a classifier.
  private static func candidates(_ classifier: Classifier?, _ form: LogitForm) -> [ScoreName] {
    guard let classifier else { return [] }
    let leftOut = Set(noCandidates.map { $0.description.name })
    let plain = ScoreCatalogue.methods.map { $0.description.name }.filter { !leftOut.contains($0) }
      .map { ScoreName(.plain($0)) }
    let all = plain.flatMap { [$0] + [$0.composed].compactMap { $0 } }
    return all.filter { $0.hasMeaning(on: form) && refusal(of: $0, by: classifier) == nil }
  }
}

extension ScoreName {
  /// Whether the features of the classifier are replaced.
  fileprivate var replacesFeatures: Bool {
    if case .withSelectedNorm = form { method?.description.composition != .distance } else { false }
  }

  /// Whether the score is meaningful on such logits.
  func hasMeaning(on form: LogitForm) -> Bool { method?.description.forms.contains(form) ?? true }

  /// Whether it needs a block for FeatureNorm.
  package var needsBlock: Bool { leaves.contains(where: \.usesSelectedBlock) }

  /// Whether it is constant if there is only one feature.
  fileprivate var comparesDirections: Bool {
    let methods: [any Score.Type] = [
      RankFeat.self, KNN.self, MahalanobisPlusPlus.self, RelativeMahalanobisPlusPlus.self, ViM.self,
      Residual.self, NECO.self, KernelPCA.self, KernelPCAOfFourierFeatures.self, ClassTypicalMatching.self,
      ActivationSubspaces.self, FusedPCA.self,
    ]
    return methods.contains { $0 == method }
  }

  /// Whether it learns more from the fit part than its block. FeatureNorm learns only that, and some scores
  /// learn only from other parts.
  fileprivate var learnsFromFitPart: Bool {
    let others: [any Score.Type] = [
      FeatureNormScore.self, FuseNorm.self, KLMatching.self, TemperatureScaling.self,
    ]
    guard let method, !replacesFeatures, multiplier == nil else { return true }
    return method.description.fits != "nothing" && !others.contains { $0 == method }
  }

  /// Whether it uses the selected block.
  package var usesSelectedBlock: Bool {
    if case .norm = form { false } else { isComposed || method is any BlockScore.Type }
  }

  /// Whether one of some scores uses the selected block. Names that this version does not know count as not
  /// using it.
  package static func useSelectedBlock(_ names: [String]) -> Bool {
    names.contains { name in (try? ScoreName(parsing: name))?.needsBlock ?? false }
  }

  /// Whether it is composed with FeatureNorm of the selected block.
  private var isComposed: Bool { if case .withSelectedNorm = form { true } else { false } }

  /// The tensors that it reads of a block that is selected, or that it names.
  fileprivate func taps(at block: Block) -> Set<Tap> {
    if case .norm(let index) = form, index != block.index { return [] }
    let norm: Set<Tap> = isComposed ? [.featureNorm(block)] : []
    return ((method?.init() as? any BlockScore)?.taps(at: block) ?? []).union(norm)
  }

  /// Refuses a classifier without the map whose channels multiply the score.
  fileprivate func checkMultiplier(_ classifier: Classifier) throws(OddityError) {
    guard let multiplier else { return }
    do { _ = try multiplier.place.map(of: classifier) } catch {
      throw OddityError(error.code, "\(self): \(error.message)")
    }
  }

  fileprivate var needsHead: Bool { replacesFeatures || method?.description.networks.needsHead ?? false }
}

extension ScoreDescription.Networks {
  /// Refuses a classifier without the required map.
  fileprivate func checkMap(of classifier: Classifier) throws(OddityError) {
    switch self {
    case .pooledMap: _ = try classifier.requirePooledMap()
    case .pooledFeatures: _ = try classifier.requirePooledFeatures()
    default: break
    }
  }
}

extension Classifier {
  /// Whether `l = Wz + b` with known z.
  fileprivate var hasLinearHead: Bool { head.isLinear && featureCount != nil }
}
