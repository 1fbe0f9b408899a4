import OddityClassifier

/// All scores, in the order in which `oddity scores` lists them.
enum ScoreCatalogue {
  /// Register a new score here.
  static let methods: [any Score.Type] = [
    // Scores of the feature maps.
    FeatureNormScore.self, FuseNorm.self, ClassNorm.self, NeuralActivationPrior.self, RankFeat.self,
    CORES.self, GramDeviation.self, MaskedCAM.self,
    // Scores of the logits.
    MaximumSoftmaxProbability.self, MaximumLogit.self, Energy.self, TemperatureScaling.self, Entropy.self,
    GeneralizedEntropy.self, KLMatching.self, ODIN.self, GradNorm.self, OpenMax.self,
    // Scores of shaped features.
    ReAct.self, DICE.self, ASHP.self, ASHB.self, ASHS.self, Scale.self, LogitScaling.self, AdaSCALEA.self,
    AdaSCALEL.self, VRA.self, NegativeAwareNorm.self, NeuronActivationCoverage.self, HIMPLoS.self,
    // Scores of classes and neighbours.
    SHE.self, FDBD.self, NCI.self, ClassTypicalMatching.self, KNN.self, NNGuide.self, CARef.self, CADRef.self,
    Mahalanobis.self,
    RelativeMahalanobis.self, MahalanobisPlusPlus.self, RelativeMahalanobisPlusPlus.self,
    // Scores of subspaces.
    ViM.self, Residual.self, NECO.self, KernelPCA.self, KernelPCAOfFourierFeatures.self,
    FusedPCA.self, ActivationSubspaces.self,
  ]

  private static let byName = Dictionary(
    methods.map { ($0.description.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The score with this name, without composition.
  static func method(_ name: String) -> (any Score.Type)? { byName[name] }
}

/// The available scores, for commands and other programs.
public enum Scores {
  /// The scores in the order in which they are listed.
  public static var all: [ScoreDescription] { ScoreCatalogue.methods.map { $0.description } }

  /// The descriptions for a name. For a composed score it is that of the plain score, for an ensemble also
  /// those of its scores.
  ///
  /// - Throws: ``OddityError`` `.usage`, as ``ScoreName/init(parsing:)``.
  public static func descriptions(of text: String) throws(OddityError) -> [ScoreDescription] {
    if text == "ensemble" { return [ensemble] }
    if text == "fusion" { return [fusion] }
    if let multiplier = multipliers.first(where: { $0.name == text }) { return [multiplier] }
    let name = try ScoreName(parsing: text)
    switch name.form {
    case .plain, .withSelectedNorm, .multiplied, .norm: return name.described
    case .ensemble, .fusion:
      var seen: Set<String> = []
      let leaves = name.leaves.flatMap(\.described).filter { seen.insert($0.name).inserted }
      return [name.isFusion ? fusion : ensemble] + leaves
    case .auto: return [auto]
    }
  }

  /// The possible multipliers of a score.
  static let multipliers = ChannelMultiplier.statistics.map(\.multiplication)

  private static let ensemble = ScoreDescription(
    name: "ensemble(A/B/…)",
    summary:
      "mean of several scores, each mapped through its distribution function; set parameters by the names of "
      + "these scores",
    paper: "docs/scores.md", fits: "the scores' distributions on the select part",
    cost: "the cost of its scores")

  private static let fusion = FusionSettings.description

  private static let auto = ScoreDescription(
    name: "auto",
    summary:
      "chooses the score (or a fusion) that best separates images from pseudo-OOD images made from them",
    paper: "docs/scores.md", fits: "everything that its candidates learn",
    cost: "a fit of all candidates; afterwards the cost of the chosen score")
}
