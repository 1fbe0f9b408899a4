/// Every score there is, in the order in which `oddity scores` lists them.
enum ScoreCatalogue {
  /// A new score is registered here.
  static let methods: [any Score.Type] = [
    // Of the feature maps.
    FeatureNormScore.self, NeuralActivationPrior.self, RankFeat.self, CORES.self,
    // Of the logits.
    MaximumSoftmaxProbability.self, MaximumLogit.self, Energy.self, TemperatureScaling.self, Entropy.self,
    GeneralizedEntropy.self, KLMatching.self, ODIN.self, GradNorm.self, OpenMax.self,
    // Of shaped features.
    ReAct.self, DICE.self, ASHP.self, ASHB.self, ASHS.self, Scale.self, VRA.self, NegativeAwareNorm.self,
    HIMPLoS.self,
    // Of classes and neighbours.
    SHE.self, FDBD.self, NCI.self, KNN.self, NNGuide.self, CARef.self, CADRef.self, Mahalanobis.self,
    RelativeMahalanobis.self, MahalanobisPlusPlus.self, RelativeMahalanobisPlusPlus.self,
    // Of subspaces.
    ViM.self, Residual.self, NECO.self, KernelPCA.self, KernelPCAOfFourierFeatures.self,
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
}
