import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityFiles
@testable import OddityScores

/// Compares every score with the independent reference, with an error of at most 1e-4 of the reference
/// scores' standard deviation.
struct ScoreReferenceTests {
  /// Every plain score of rows, every composition, and an ensemble.
  private static var all: [ScoreName] {
    get throws {
      let plain = Scores.all.map(\.name).filter {
        ![
          "featurenorm", "atf", "classnorm", "nap", "rankfeat", "cores", "gram", "masked-cam", "adascale-a",
          "adascale-l",
          "kpca-rff", "odin",
        ].contains($0)
      }
      let names = try plain.map { try ScoreName(parsing: $0) }
      return names + names.compactMap(\.composed) + [try ScoreName(parsing: "ensemble(knn+norm/vim/energy)")]
    }
  }

  private static let fitsOnLabels: Set = ["tempscale", "tempscale+norm"]

  @Test(arguments: [
    ScoreCase(),
    ScoreCase(classes: 100, features: 64, fitRows: 700, selectRows: 300),
    ScoreCase(classes: 2, features: 12),
    ScoreCase(isNonNegative: false),
    ScoreCase(isLabelled: false),
    ScoreCase(absent: 3),
    ScoreCase(hasTies: true),
    ScoreCase(seed: 31),
  ])
  func everyScoreEqualsTheReference(_ drawn: ScoreCase) async throws {
    let names = try Self.all.filter { drawn.isLabelled || !Self.fitsOnLabels.contains($0.description) }
    try await expectReference(drawn, names)
  }

  /// Few features, few images, and few active features. The default parameters fit them, and no score is
  /// constant.
  ///
  /// Ensembles are left out, because shares of a few images jump between scores that are nearly equal.
  @Test(arguments: [
    ScoreCase(classes: 10, features: 3, fitRows: 40, selectRows: 20, rows: 40),
    ScoreCase(classes: 3, features: 4, fitRows: 20, selectRows: 8, rows: 20),
    ScoreCase(classes: 2, features: 2, fitRows: 40, selectRows: 20, rows: 40),
    ScoreCase(classes: 3, features: 12, rows: 300, featureOffset: -2.2),
  ])
  func standardParametersFitSmallAndSparseFeatures(_ drawn: ScoreCase) async throws {
    try await expectReference(drawn, Self.all.filter { $0.leaves.count == 1 }.map(\.description))
  }

  /// If a score cannot be fitted, the error names what the images lack, not a parameter that the user has not
  /// set.
  @Test(arguments: [
    (ScoreCase(features: 1), ["neco", "kpca", "pca-fused"], "needs two features"),
    (ScoreCase(features: 1), ["actsub"], "needs two features"),
    (
      ScoreCase(features: 3, featureOffset: -1e3), ["neco", "kpca", "pca-fused", "mahalanobis", "rmds++"],
      "are the same on all"
    ),
    (ScoreCase(features: 3, featureOffset: -1e3), ["actsub"], "that part is zero"),
    (ScoreCase(fitRows: 10), ["mahalanobis", "rmds"], "do not vary within their classes"),
    (ScoreCase(classes: 1), ["rmds", "rmds++"], "belong to one class"),
  ])
  func whatTheImagesLackIsNamed(_ drawn: ScoreCase, _ names: [String], _ reason: String) async throws {
    for name in names {
      let error = await #expect(throws: OddityError.self) {
        try await drawn.scores([ScoreName(parsing: name)])
      }
      #expect(
        error?.code == .badData && error?.message.contains(reason) == true
          && error?.message.hasPrefix(name) == true, "\(name): \(error?.message ?? "")")
    }
  }

  /// Features that are constant over all images, or a single feature. Scores that are defined for them work.
  @Test(arguments: [
    (ScoreCase(features: 3, featureOffset: -1e3), ["lts", "nac", "ctm"]),
    (ScoreCase(features: 1), ["lts", "lts+norm", "nac", "ctm"]),
    (ScoreCase(fitRows: 2, rows: 20), ["lts", "nac", "ctm", "pca-fused", "actsub"]),
  ])
  func littleThatVariesHasScores(_ drawn: ScoreCase, _ names: [String]) async throws {
    let names = try names.map { try ScoreName(parsing: $0) }
    let known = try drawn.reference(names)
    for ((name, values), expected) in zip(zip(names, try await drawn.scores(names)), known) {
      #expect(
        zip(values, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 * max(1, abs($1)) }, "\(name)")
    }
  }

  /// NaN is in no bin, so such an image is an outlier, and the others of its batch keep their scores.
  @Test func aStateThatIsNoNumberHasNoCoverage() async throws {
    let drawn = ScoreCase()
    let parts = drawn.drawn()
    let fitted = try NeuronActivationCoverage().fitted(
      to: drawn.data(parts, statistics: [])(ScoreParameters()))
    let runner = try ScoreRunner(
      [fitted], layout: drawn.layout, classes: drawn.classes,
      like: Model(contentsOf: Fixtures.url("residual.dyn.onnx")), engine: Engine(), options: RunOptions())
    var rows = Array(parts.evaluate.rows.prefix(3))
    let known = try await runner.scores(rows.flatMap(\.self), count: 3)[0]
    rows[1][4] = .nan
    let scores = try await runner.scores(rows.flatMap(\.self), count: 3)[0]
    #expect(scores[1].isNaN && scores[0] == known[0] && scores[2] == known[2])
  }

  /// A default adapts to values that the user has set, which stay unchanged.
  @Test func whatWasSetIsNotFitted() async throws {
    let drawn = ScoreCase(features: 3)
    for (setting, isRefused) in [
      ("ash-s.percentile=90", true), ("scale.percentile=85", true), ("vra.alpha=95", true),
      ("vra.beta=50", false),
    ] {
      var settings = ScoreSettings()
      try settings.set(setting)
      let name = try ScoreName(parsing: String(setting.prefix { $0 != "." }))
      do {
        _ = try await drawn.scores([name], settings: settings)
        #expect(!isRefused, "\(setting)")
      } catch let error as OddityError {
        #expect(
          isRefused && error.code == .usage && error.message.contains(setting.prefix { $0 != "=" }),
          "\(error)")
      }
    }
  }

  /// Zero features are valid. The score is the reference's number, or a finite one.
  @Test func zeroFeaturesHaveScores() async throws {
    let drawn = ScoreCase(zeroRows: 3)
    let names = try Self.all
    try await expectReference(drawn, names)
    for (name, values) in zip(names, try await drawn.scores(names)) {
      let areFinite = values.allSatisfy { $0.isFinite }
      #expect(areFinite, "\(name)")
    }
  }

  @Test func parametersAreThoseOfTheReference() async throws {
    let set: [String: [String: Double]] = [
      "energy": ["T": 2], "gen": ["gamma": 0.3, "M": 4], "odin": ["T": 10, "epsilon": 0],
      "react": ["percentile": 70],
      "dice": ["percentile": 50], "ash-s": ["percentile": 65], "scale": ["percentile": 50],
      "vra": ["alpha": 30, "beta": 80], "himplos": ["p": 40, "percentile": 75], "nci": ["alpha": 0.01],
      "knn": ["K": 3, "bank": 100], "nnguide": ["K": 7, "share": 0.5], "vim": ["d": 5], "residual": ["d": 3],
      "neco": ["variance": 0.5], "kpca": ["r": 0.6], "openmax": ["alpha": 5, "tail": 12],
      "lts": ["percentile": 60], "nac": ["alpha": 7, "bins": 9, "O": 100],
      "pca-fused": ["percentile": 70, "d": 5],
      "actsub": ["percentile": 70, "K": 4, "bank": 90, "lambda": 0.7],
    ]
    var settings = ScoreSettings()
    for (name, parameters) in set {
      for (parameter, value) in parameters { try settings.set("\(name).\(parameter)=\(value)") }
    }
    let names = try set.keys.sorted().map { try ScoreName(parsing: $0) }
    let drawn = ScoreCase()
    let known = try drawn.reference(names, parameters: set)
    for ((name, values), expected) in zip(
      zip(names, try await drawn.scores(names, settings: settings)), known)
    {
      expectAgreement(of: name, values, expected, drawn.features, "\(name)")
    }
  }

  /// Squares of distances are then a millionth of the products whose differences they are.
  @Test func featuresOfOneDirectionHaveDistances() async throws {
    try await expectReference(ScoreCase(featureOffset: 100), ["knn", "knn+norm"])
  }

  /// Powers of all other classes are then below single precision.
  @Test func lowTemperaturesHaveScores() async throws {
    let drawn = ScoreCase()
    var settings = ScoreSettings()
    for setting in ["odin.T=0.02", "odin.epsilon=0"] { try settings.set(setting) }
    let names = [try ScoreName(parsing: "odin")]
    let known = try drawn.reference(names, parameters: ["odin": ["T": 0.02, "epsilon": 0]])
    expectAgreement(try await drawn.scores(names, settings: settings)[0], known[0], "odin at T = 0.02")
  }

  /// Softplus of such energies is very small, but not zero. From −40 on it is constant.
  @Test(arguments: [-20.0, -35])
  func energiesFarBelowZeroHaveScores(_ offset: Double) async throws {
    try await expectReference(ScoreCase(logitOffset: offset), ["cadref", "cadref+norm", "nnguide"])
  }

  private func expectReference(_ drawn: ScoreCase, _ names: [String]) async throws {
    try await expectReference(drawn, names.map { try ScoreName(parsing: $0) })
  }

  private func expectReference(_ drawn: ScoreCase, _ names: [ScoreName]) async throws {
    let known = try drawn.reference(names)
    for ((name, values), expected) in zip(zip(names, try await drawn.scores(names)), known) {
      expectAgreement(of: name, values, expected, drawn.features, "\(name) of \(drawn.form)")
    }
  }

  /// There are more features than images. The default d equals the number of directions that they span, and a
  /// larger d is refused.
  @Test func fewerImagesThanFeatures() async throws {
    let drawn = ScoreCase(features: 200, fitRows: 150, noise: 8)
    let residuals: Set = ["vim", "residual"]
    let names = try Self.all.filter { name in
      name.leaves.allSatisfy { !residuals.contains($0.method?.description.name ?? "") }
    }
    try await expectReference(drawn, names)
    let few = ScoreCase(features: 200, fitRows: 60)
    try await expectReference(few, residuals.sorted())
    for name in residuals.sorted() {
      var settings = ScoreSettings()
      try settings.set("\(name).d=100")
      let error = await #expect(throws: OddityError.self) {
        try await few.scores([ScoreName(parsing: name)], settings: settings)
      }
      #expect(error?.code == .usage && error?.message.contains("\(name).d=100: ") == true)
      #expect(error?.message.contains("a whole number from 1 to") == true)
    }
  }

  /// Scores of the logits and of the features: each that is defined there, also composed.
  @Test(arguments: [
    ScoreCase(form: .multiLabel), ScoreCase(logitOffset: -18, form: .multiLabel),
    ScoreCase(classes: 1, form: .oneLogit), ScoreCase(classes: 1, isNonNegative: false, form: .oneLogit),
  ])
  func scoresOfSigmoidsEqualTheReference(_ drawn: ScoreCase) async throws {
    var names = try Self.all.filter { $0.leaves.allSatisfy { $0.hasMeaning(on: drawn.form) } }
    // Logits that are all far below 0 give vim no scale, as the error says.
    if drawn.logitOffset < 0 { names.removeAll { $0.leaves.contains { $0.method == ViM.self } } }
    try await expectReference(drawn, names)
  }

  /// Parameters whose meaning depends on a sigmoid.
  @Test func parametersOfSigmoidsAreThoseOfTheReference() async throws {
    for (drawn, name, parameters) in [
      (ScoreCase(form: .multiLabel), "energy", ["T": 2.0]),
      (ScoreCase(classes: 1, form: .oneLogit), "gen", ["M": 1, "gamma": 0.3]),
    ] {
      var settings = ScoreSettings()
      for (parameter, value) in parameters { try settings.set("\(name).\(parameter)=\(value)") }
      let names = [try ScoreName(parsing: name)]
      let known = try drawn.reference(names, parameters: [name: parameters])
      expectAgreement(try await drawn.scores(names, settings: settings)[0], known[0], name)
    }
  }

  @Test func randomFourierFeaturesEqualTheReferenceOfTheSameDraws() async throws {
    let drawn = ScoreCase()
    var settings = ScoreSettings()
    try settings.set("kpca-rff.M=48")
    let name = try ScoreName(parsing: "kpca-rff")
    let map = RandomFourierFeatures(width: drawn.features, count: 48, gamma: 2, seed: drawn.seed)
    expectAgreement(
      try await drawn.scores([name], settings: settings)[0], try drawn.reference([name], map: map)[0],
      "kpca-rff")
  }
}
