import Testing

@testable import OddityFit
@testable import OddityModel
@testable import OddityScores

/// Compares every score on real networks, from image files to the outputs of the guarded model, with the
/// reference. It reads the same files, and has its own preprocessing, its own split into parts by ids, ONNX
/// Runtime on the plain classifier, and float64.
struct NetworkScoreTests {
  /// These scores need more of an image than z, l and FeatureNorm, or images of another source
  /// (`TemperatureTests`).
  private static let ofOthers: Set = [
    "atf", "classnorm", "nap", "rankfeat", "cores", "gram", "masked-cam", "adascale-a", "adascale-l",
    "tempscale",
  ]
  /// These scores are not available for a network whose images have no labels.
  private static let ofLabels: Set = ["openmax"]
  /// ODIN takes the sign of a gradient, which depends on rounding if it is nearly zero. ONNX Runtime
  /// therefore cannot reproduce it. `PerturbedImageTests` checks its gradient. Ensembles are steep.
  private static let asMeasuredAlone: Set = ["odin", "odin+norm", ensemble]
  /// The logits of the network with two classes are near −17. Logarithms of tiny probabilities and softplus
  /// of such energies magnify the two engines' difference in the last bit to 8e-5 standard deviations.
  private static let steepOfTwoClasses: Set = ["klm", "cadref", "cadref+norm"]
  private static let ensemble = "ensemble(knn+norm/vim/energy)"

  private static func names(isLabelled: Bool) throws -> [ScoreName] {
    let plain = try Scores.all.map(\.name)
      .filter { !ofOthers.contains($0) && (isLabelled || !ofLabels.contains($0)) }
      .map { try ScoreName(parsing: $0) }
    return plain + plain.compactMap(\.composed) + [try ScoreName(parsing: ensemble)]
  }

  /// The network of 100 classes uses the demo's ten classes as its first ten. The network of two classes
  /// ignores them.
  @Test(arguments: [
    ("Demo/networks/vgg11.onnx", true), ("Demo/networks/resnet18.onnx", true),
    ("Tests/Fixtures/hundred.ts.onnx", true), ("Tests/Fixtures/binary.dyn.onnx", false),
  ])
  func everyScoreEqualsTheReference(_ path: String, isLabelled: Bool) async throws {
    let network = try NetworkScores(path, Self.names(isLabelled: isLabelled))
    let fit = try await network.fit()
    let scores = try await network.scores(fit.guarded)
    let known = try await network.reference(of: fit, guarded: scores)
    let parts = fit.report.parts
    let features = try #require(try network.classifier().featureCount)
    #expect(known.parts == ["fit": parts.fit, "select": parts.select, "calibrate": parts.calibrate])
    #expect(
      known.scores.count == network.names.count && known.scores_as_measured.count == network.names.count)
    for (column, name) in network.names.enumerated() {
      let what = "\(name) of \(path)"
      expectAgreement(
        of: name, scores[column], known.scores_as_measured[column], features, what + ", as measured")
      let steep = isLabelled ? [] : Self.steepOfTwoClasses
      guard !Self.asMeasuredAlone.union(steep).contains(name.description) else { continue }
      expectAgreement(of: name, scores[column], try #require(known.scores[column]), features, what)
    }
  }
}
