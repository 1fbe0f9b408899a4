import OddityClassifier

/// A score as users name it: `energy`, `energy+norm`, `energy*std@2`, `ensemble(knn+norm/vim/energy)`, `fusion`, `auto`.
public struct ScoreName: Hashable, Sendable, CustomStringConvertible {
  public enum Form: Hashable, Sendable {
    /// A score of the catalogue.
    case plain(String)
    /// A score composed with FeatureNorm of the selected block.
    case withSelectedNorm(String)
    /// A score times a mean over channels of a clipped statistic.
    case multiplied(String, ChannelMultiplier)
    /// FeatureNorm of the candidate block with this index, selected or not.
    case norm(Int)
    /// The mean of several scores, each mapped through its distribution function on the select part.
    case ensemble([ScoreName])
    /// A weighted sum of several scores, learnt on pseudo-OOD images. If no scores are named, they are chosen
    /// too.
    case fusion([ScoreName])
    /// A score that is chosen on pseudo-OOD images.
    case auto
  }

  public let form: Form

  /// Chooses a score on pseudo-OOD images.
  public static let auto = ScoreName(.auto)

  /// A weighted sum of scores, which are chosen and weighted on pseudo-OOD images.
  public static let fusion = ScoreName(.fusion([]))

  /// FeatureNorm of the candidate block with an index.
  package static func featurenorm(ofBlock index: Int) -> ScoreName { ScoreName(.norm(index)) }

  /// The scores of a benchmark by default.
  package static let standard: [ScoreName] = [.featurenorm, .msp, .maxlogit, .energy]

  /// The suffix of a score that is composed with the selected norm.
  package static let normSuffix = "+norm"
  /// The sign between FeatureNorm and the index of a block.
  static let blockSign: Character = "@"

  init(_ form: Form) { self.form = form }

  /// The names of all plain scores, as help and errors list them.
  public static var available: String {
    ScoreCatalogue.methods.map { $0.description.name }.joined(separator: ", ")
  }

  public var description: String {
    switch form {
    case .plain(let name): name
    case .withSelectedNorm(let name): name + Self.normSuffix
    case .multiplied(let name, let multiplier): "\(name)\(multiplier)"
    case .norm(let index): "\(FeatureNormScore.description.name)\(Self.blockSign)\(index)"
    case .ensemble(let components): "ensemble(\(components.map(\.description).joined(separator: "/")))"
    case .fusion(let components):
      components.isEmpty ? "fusion" : "fusion(\(components.map(\.description).joined(separator: "/")))"
    case .auto: "auto"
    }
  }

  public var rawValue: String { description }

  /// The scores that it consists of, as far as they are named, or itself if it does not consist of others.
  package var leaves: [ScoreName] {
    switch form {
    case .ensemble(let components), .fusion(let components): components
    default: [self]
    }
  }

  /// Whether weights are learnt on pseudo-OOD images.
  package var isFusion: Bool { if case .fusion = form { true } else { false } }

  /// Whether it is a single score: not a fusion, not an ensemble, and not still to be chosen.
  package var isSingle: Bool {
    switch form {
    case .plain, .withSelectedNorm, .multiplied, .norm: true
    case .ensemble, .fusion, .auto: false
    }
  }

  /// The catalogue's entry of a plain score, or of the one that is composed or multiplied.
  package var method: (any Score.Type)? {
    switch form {
    case .plain(let name), .withSelectedNorm(let name), .multiplied(let name, _): ScoreCatalogue.method(name)
    case .norm: FeatureNormScore.self
    case .ensemble, .fusion, .auto: nil
    }
  }

  /// The multiplier; nil if there is none.
  var multiplier: ChannelMultiplier? {
    if case .multiplied(_, let multiplier) = form { multiplier } else { nil }
  }

  /// The parts that have parameters: the score of the catalogue, and the multiplier.
  var described: [ScoreDescription] {
    [method?.description, multiplier?.statistic.multiplication].compactMap { $0 }
  }

  /// The same score composed with the selected norm; `nil` if it cannot be composed.
  public var composed: ScoreName? {
    guard case .plain(let name) = form, let method, method.description.composition != .none else {
      return nil
    }
    return ScoreName(.withSelectedNorm(name))
  }
}

extension ScoreName: ExpressibleByStringLiteral {
  /// A name in source code, such as `"ensemble(knn+norm/vim)"`.
  ///
  /// - Precondition: the score exists. For text from elsewhere use ``init(parsing:)``, which throws.
  public init(stringLiteral text: String) {
    do throws(OddityError) { try self.init(parsing: text) } catch { fatalError(error.message) }
  }
}

extension ScoreName: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// The scores of the catalogue by their names; ``Scores/all`` describes them.
extension ScoreName {
  // Scores of the feature maps.
  public static let featurenorm = ScoreName(.plain("featurenorm"))
  public static let atf = ScoreName(.plain("atf"))
  public static let classnorm = ScoreName(.plain("classnorm"))
  public static let nap = ScoreName(.plain("nap"))
  public static let rankfeat = ScoreName(.plain("rankfeat"))
  public static let cores = ScoreName(.plain("cores"))
  public static let gram = ScoreName(.plain("gram"))
  public static let maskedCAM = ScoreName(.plain("masked-cam"))

  // Scores of the logits.
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

  // Scores of shaped features.
  public static let react = ScoreName(.plain("react"))
  public static let dice = ScoreName(.plain("dice"))
  public static let ashP = ScoreName(.plain("ash-p"))
  public static let ashB = ScoreName(.plain("ash-b"))
  public static let ashS = ScoreName(.plain("ash-s"))
  public static let scale = ScoreName(.plain("scale"))
  public static let lts = ScoreName(.plain("lts"))
  public static let vra = ScoreName(.plain("vra"))
  public static let nan = ScoreName(.plain("nan"))
  public static let nac = ScoreName(.plain("nac"))
  public static let himplos = ScoreName(.plain("himplos"))
  public static let adascaleA = ScoreName(.plain("adascale-a"))
  public static let adascaleL = ScoreName(.plain("adascale-l"))

  // Scores of classes and neighbours.
  public static let she = ScoreName(.plain("she"))
  public static let fdbd = ScoreName(.plain("fdbd"))
  public static let nci = ScoreName(.plain("nci"))
  public static let ctm = ScoreName(.plain("ctm"))
  public static let knn = ScoreName(.plain("knn"))
  public static let nnguide = ScoreName(.plain("nnguide"))
  public static let caref = ScoreName(.plain("caref"))
  public static let cadref = ScoreName(.plain("cadref"))
  public static let mahalanobis = ScoreName(.plain("mahalanobis"))
  public static let rmds = ScoreName(.plain("rmds"))
  public static let mahalanobisPlusPlus = ScoreName(.plain("mahalanobis++"))
  public static let rmdsPlusPlus = ScoreName(.plain("rmds++"))

  // Scores of subspaces.
  public static let vim = ScoreName(.plain("vim"))
  public static let residual = ScoreName(.plain("residual"))
  public static let neco = ScoreName(.plain("neco"))
  public static let kpca = ScoreName(.plain("kpca"))
  public static let kpcaRFF = ScoreName(.plain("kpca-rff"))
  public static let pcaFused = ScoreName(.plain("pca-fused"))
  public static let actsub = ScoreName(.plain("actsub"))
}
