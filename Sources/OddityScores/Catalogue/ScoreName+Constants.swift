/// The scores of the catalogue by their names; ``Scores/all`` describes them.
extension ScoreName {
  // Of the feature maps.
  public static let featurenorm = ScoreName(.plain("featurenorm"))
  public static let nap = ScoreName(.plain("nap"))
  public static let rankfeat = ScoreName(.plain("rankfeat"))
  public static let cores = ScoreName(.plain("cores"))

  // Of the logits.
  public static let msp = ScoreName(.plain("msp"))
  public static let maxlogit = ScoreName(.plain("maxlogit"))
  public static let energy = ScoreName(.plain("energy"))
  public static let tempscale = ScoreName(.plain("tempscale"))
  public static let entropy = ScoreName(.plain("entropy"))
  public static let gen = ScoreName(.plain("gen"))
  public static let klm = ScoreName(.plain("klm"))
  public static let odin = ScoreName(.plain("odin"))
  public static let gradnorm = ScoreName(.plain("gradnorm"))
  public static let openmax = ScoreName(.plain("openmax"))

  // Of shaped features.
  public static let react = ScoreName(.plain("react"))
  public static let dice = ScoreName(.plain("dice"))
  public static let ashP = ScoreName(.plain("ash-p"))
  public static let ashB = ScoreName(.plain("ash-b"))
  public static let ashS = ScoreName(.plain("ash-s"))
  public static let scale = ScoreName(.plain("scale"))
  public static let vra = ScoreName(.plain("vra"))
  public static let nan = ScoreName(.plain("nan"))
  public static let himplos = ScoreName(.plain("himplos"))

  // Of classes and neighbours.
  public static let she = ScoreName(.plain("she"))
  public static let fdbd = ScoreName(.plain("fdbd"))
  public static let nci = ScoreName(.plain("nci"))
  public static let knn = ScoreName(.plain("knn"))
  public static let nnguide = ScoreName(.plain("nnguide"))
  public static let caref = ScoreName(.plain("caref"))
  public static let cadref = ScoreName(.plain("cadref"))
  public static let mahalanobis = ScoreName(.plain("mahalanobis"))
  public static let rmds = ScoreName(.plain("rmds"))
  public static let mahalanobisPlusPlus = ScoreName(.plain("mahalanobis++"))
  public static let rmdsPlusPlus = ScoreName(.plain("rmds++"))

  // Of subspaces.
  public static let vim = ScoreName(.plain("vim"))
  public static let residual = ScoreName(.plain("residual"))
  public static let neco = ScoreName(.plain("neco"))
  public static let kpca = ScoreName(.plain("kpca"))
  public static let kpcaRFF = ScoreName(.plain("kpca-rff"))
}
