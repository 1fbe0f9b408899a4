import OddityClassifier

/// Every score there is, in the order in which `oddity scores` lists them.
enum ScoreCatalogue {
  /// A new score is registered here.
  static let methods: [any Score.Type] = [
    // Of the feature maps.
    FeatureNormScore.self, FuseNorm.self, ClassNorm.self, NeuralActivationPrior.self, RankFeat.self,
    CORES.self, GramDeviation.self, MaskedCAM.self,
    // Of the logits.
    MaximumSoftmaxProbability.self, MaximumLogit.self, Energy.self, TemperatureScaling.self, Entropy.self,
    GeneralizedEntropy.self, KLMatching.self, ODIN.self, GradNorm.self, OpenMax.self,
    // Of shaped features.
    ReAct.self, DICE.self, ASHP.self, ASHB.self, ASHS.self, Scale.self, LogitScaling.self, AdaSCALEA.self,
    AdaSCALEL.self, VRA.self, NegativeAwareNorm.self, NeuronActivationCoverage.self, HIMPLoS.self,
    // Of classes and neighbours.
    SHE.self, FDBD.self, NCI.self, ClassTypicalMatching.self, KNN.self, NNGuide.self, CARef.self, CADRef.self,
    Mahalanobis.self,
    RelativeMahalanobis.self, MahalanobisPlusPlus.self, RelativeMahalanobisPlusPlus.self,
    // Of subspaces.
    ViM.self, Residual.self, NECO.self, KernelPCA.self, KernelPCAOfFourierFeatures.self,
    FusedPCA.self, ActivationSubspaces.self,
  ]

  private static let byName = Dictionary(
    methods.map { ($0.description.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The score of a name, without composition.
  static func method(_ name: String) -> (any Score.Type)? { byName[name] }
}

/// What there is, for commands and other programs.
public enum Scores {
  /// In the order in which they are listed.
  public static var all: [ScoreDescription] { ScoreCatalogue.methods.map { $0.description } }

  /// What there is to know of a name: of a composed score the plain one, of an ensemble its scores too.
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

  /// What a score may be multiplied by.
  static let multipliers = ChannelMultiplier.statistics.map(\.multiplication)

  private static let ensemble = ScoreDescription(
    name: "ensemble(A/B/…)",
    summary: "mean of scores, each as its distribution function; their parameters are set by their own names",
    paper: "docs/scores.md", fits: "the scores' distributions on the select part", cost: "that of its scores")

  private static let fusion = FusionSettings.description

  private static let auto = ScoreDescription(
    name: "auto",
    summary:
      "takes the score, a fusion among them, that best tells images from pseudo-OOD images made of them",
    paper: "docs/scores.md", fits: "all that its candidates learn",
    cost: "a fit of all candidates; in use that of the one it chose")
}
