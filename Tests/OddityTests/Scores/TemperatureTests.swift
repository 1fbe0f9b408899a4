import Foundation
import Imaging
import Engines
import Testing
import TestSupport

@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores

/// The temperature of `tempscale` is fitted only on half of the labelled calibration images.
struct TemperatureTests {
  private static let root = PythonReference.packageRoot
  private static let network = root.appending(path: "Demo/networks/vgg11.onnx")
  private static let calibration = root.appending(path: ".demo/calibration.tar").path

  private static func options(_ scores: String...) throws -> FitOptions {
    var options = FitOptions.paper
    options.limit = 200
    options.seed = 4
    options.scores = try scores.map { try ScoreName(parsing: $0) }
    options.preprocessing = try Preprocessing.load(
      root.appending(path: "Demo/networks/preprocess.json").path)
    options.labels = try LabelFile(path: root.appending(path: "Demo/networks/labels.txt").path).names()
    return options
  }

  private static func fit(_ options: FitOptions, calibration: [any ImageSource]) async throws -> Fit {
    try await Fit(
      model: network, inDistribution: [ImageSources.open(NetworkScores.train)], calibration: calibration,
      options: options, engine: Engine())
  }

  private static func heldOut(_ count: Int) throws -> SampledSource {
    SampledSource(try ImageSources.open(calibration), positions: Array(0..<count))
  }

  private struct Request: Encodable {
    let model = TemperatureTests.network.path
    let images = TemperatureTests.calibration
    let count: Int
    let labels: [String]
    let seed: UInt64
    let mean = NetworkScores.mean
    let std = NetworkScores.std
  }

  private struct Answer: Decodable {
    let temperature: Double
    let of_others: Double
    let images: Int
  }

  @Test func itMinimisesTheLikelihoodOfHalfOfTheCalibrationImages() async throws {
    let options = try Self.options("tempscale", "tempscale+norm", "energy")
    let fit = try await Self.fit(options, calibration: [Self.heldOut(400)])
    let known = try PythonReference.run(
      "temperature_reference.py", Request(count: 400, labels: options.labels ?? [], seed: options.seed),
      as: Answer.self)
    guard case .number(let found)? = fit.guarded.metadata.state?.first?.values["T"] else {
      Issue.record("the guarded model does not tell T")
      return
    }
    // The engines' logits differ in their last digits.
    #expect(abs(found / known.temperature - 1) < 1e-4)
    #expect(abs(found / known.of_others - 1) > 1e-2, "the two halves are told apart")
    #expect(fit.report.parts.temperature == known.images)
    #expect(fit.report.parts.calibrate == 400 - known.images)
    #expect(fit.report.calibrationImages == 400 - known.images && fit.report.calibrationAccuracyImages == 400)
    #expect(fit.guarded.metadata.parts.temperature == known.images)
  }

  /// The score is refused before the first image, or left out of a list.
  @Test func withoutLabelledImagesItIsRefused() async throws {
    let unlabelled = try SampledSource(
      ImageSources.open(NetworkScores.evaluation[1].path), positions: [0, 1])
    for calibration in [[], [unlabelled]] {
      let error = await #expect(throws: OddityError.self) {
        try await Self.fit(Self.options("ensemble(tempscale/energy)"), calibration: calibration)
      }
      #expect(
        error?.message.contains("with `calibration` (half of them fit the temperature") == true,
        "\(error as Any)")
    }
    let listed = try await Self.fit(Self.options("energy", "tempscale"), calibration: [])
    #expect(listed.report.leftOut.map(\.name) == ["tempscale"] && listed.report.parts.temperature == nil)
  }

  /// `auto` considers it only if its temperature is known.
  @Test func autoTakesItWhereItsTemperatureIsKnown() async throws {
    func candidates(_ options: FitOptions, _ calibration: [any ImageSource] = []) async throws -> [String] {
      var options = options
      options.limit = 450
      return try await Self.fit(options, calibration: calibration).report.auto?.ranking.map(\.name) ?? []
    }
    #expect(try await !candidates(Self.options("auto")).contains { $0.hasPrefix("tempscale") })
    var set = try Self.options("auto")
    try set.settings.set("tempscale.T=1.5")
    #expect(try await candidates(set).contains("tempscale"))
    let fitted = try await candidates(Self.options("auto", "tempscale"), [Self.heldOut(100)])
    #expect(fitted.contains("tempscale"))
  }
}
