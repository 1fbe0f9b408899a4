import Imaging
import Oddity
import Engines
import Testing
import TestSupport

/// The number of held-out in-distribution images that guarded models flag, according to their own outputs:
/// for single scores, composed scores, an ensemble and a learned fusion. Only the first score of each fit is
/// calibrated.
struct GuardedFalseAlarmTests {
  private static let scores = [
    "featurenorm", "energy", "knn", "vim", "energy+norm", "knn+norm", "ensemble(knn+norm/vim/energy)",
    "fusion",
  ]
  private static let alphas = ["0.05", "0.01"]
  private static let calibrationSize = 1_999
  private static let heldOut = 2_500
  private static let root = PythonReference.packageRoot

  /// In the central 1 − 0.001/checks of the distribution that conformal calibration promises. The models have
  /// α = 0.05, and their p-values decide at 0.01.
  @Test(arguments: scores)
  func asManyImagesAreFlaggedAsPromised(_ score: String) async throws {
    let images = try await Self.heldOutImages(by: Self.guarded(score, alpha: "0.05"))
    #expect(images.count == Self.heldOut)
    try Self.expectPromised(images.count(where: \.isOutlier), alpha: "0.05", score)
    try Self.expectPromised(images.count { $0.pValue <= 0.01 }, alpha: "0.01", score)
    // A doubled rate would be detected.
    let promised = try Self.promised(alpha: "0.05")
    #expect(!promised.contains(images.count { $0.pValue <= 0.1 }))
  }

  /// One score of each kind.
  @Test(arguments: ["knn", "energy+norm", "ensemble(knn+norm/vim/energy)"])
  func verdictsAtAnotherRateAreThoseOfThePValues(_ score: String) async throws {
    let images = try await Self.heldOutImages(by: Self.guarded(score, alpha: "0.01"))
    #expect(images.allSatisfy { $0.isOutlier == ($0.pValue <= 0.01) })
    try Self.expectPromised(images.count(where: \.isOutlier), alpha: "0.01", score)
  }

  private static func promised(alpha: String) throws -> ClosedRange<Int> {
    let rank = try Alpha(parsing: alpha).rank(calibrationSize: calibrationSize)
    let rate = BetaDistribution(a: Double(rank), b: Double(calibrationSize + 1 - rank))
    let distribution = BetaBinomialDistribution(count: heldOut, rate: rate)
    let tail = 0.001 / Double(scores.count * alphas.count) / 2
    return distribution.quantile(tail)...distribution.quantile(1 - tail)
  }

  private static func expectPromised(_ flagged: Int, alpha: String, _ score: String) throws {
    let promised = try promised(alpha: alpha)
    #expect(promised.contains(flagged), "\(score) at \(alpha): \(flagged) of \(heldOut) images")
  }

  private static func guarded(_ score: String, alpha: String) async throws -> GuardedModel {
    var options = FitOptions.paper
    options.limit = 400
    options.scores = [try ScoreName(parsing: score)]
    options.alpha = try Alpha(parsing: alpha)
    options.preprocessing = try Preprocessing.load(root.appending(path: "Demo/networks/preprocess.json").path)
    return try await Fit(
      model: root.appending(path: "Demo/networks/vgg11.onnx"),
      inDistribution: [
        ImageSources.open(root.appending(path: ".demo/train/train-images-idx3-ubyte.gz").path)
      ],
      calibration: [
        SampledSource(root.appending(path: ".demo/calibration.tar").path, count: calibrationSize)
      ],
      options: options, engine: Engine()
    ).guarded
  }

  private static func heldOutImages(by guarded: GuardedModel) async throws -> [ScoredImage] {
    var images: [ScoredImage] = []
    let source = try SampledSource(root.appending(path: ".demo/test.tar").path, count: heldOut)
    try await Detector(guarded, engine: Engine()).score(source) { images.append(try $0.result.get()) }
    return images
  }
}
