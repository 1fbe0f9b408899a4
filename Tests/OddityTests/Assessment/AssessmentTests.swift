import Engines
import Foundation
import Imaging
import Testing
import TestSupport

@testable import OddityFit
@testable import OddityModel

/// The demo's ResNet-18, calibrated on labelled images that it was not trained on.
@Suite struct AssessmentTests {
  private struct Workbench: Sendable {
    let guarded: GuardedModel
    let detector: Detector
    let test: any ImageSource
    let truth: [Int]

    static let shared = Task { try await Workbench() }
    static let demo = PythonReference.packageRoot.appending(path: ".demo").path
    static let networks = PythonReference.packageRoot.appending(path: "Demo/networks").path

    static func options(signatures: Bool = true) throws -> FitOptions {
      var options = FitOptions()
      options.limit = 300
      options.scores = [.energy]
      options.labels = try LabelFile(path: "\(networks)/labels.txt").names()
      options.preprocessing = try Preprocessing.load("\(networks)/preprocess.json")
      options.keepsSignatures = signatures
      return options
    }

    static func fit(_ options: FitOptions, calibration: String? = "calibration.tar") async throws
      -> GuardedModel
    {
      try await Fit(
        model: "\(networks)/resnet18.onnx", inDistribution: ["\(demo)/train/train-images-idx3-ubyte.gz"],
        calibration: calibration.map { ["\(demo)/\($0)"] } ?? [], options: options
      ).guarded
    }

    private init() async throws {
      guarded = try await Self.fit(Self.options())
      detector = try Detector(guarded, engine: Engine(), measuresNorms: true)
      test = try ImageSources.open("\(Self.demo)/test.tar")
      truth = try TrueLabels(guarded.metadata, file: nil).truth(of: test).map { $0 ?? -1 }
    }

    /// The test images at these positions.
    func batch(
      _ positions: some Sequence<Int>, change: ([Float]) -> [Float] = { $0 }, in folder: TemporaryFolder
    )
      throws
      -> any ImageSource
    {
      let preprocessing = guarded.metadata.preprocessing
      let positions = Array(positions)
      var values: [Float] = []
      let reader = try test.reader(selecting: positions)
      while let (_, payload) = try reader.next() {
        var tensor = Array(repeating: Float.zero, count: preprocessing.sampleCount)
        try tensor.withUnsafeMutableBufferPointer {
          try preprocessing.apply(payload.get().loaded(), into: $0)
        }
        values += change(tensor)
      }
      let url = folder.url.appending(path: "\(UUID().uuidString).npy")
      try NumPyFile.write(values, shape: [positions.count] + preprocessing.sampleShape, to: url)
      return try ImageSources.open(url.path)
    }
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func newImagesHaveNotShiftedAndTheirAccuracyIsTold() async throws {
    let bench = try await Workbench.shared.value
    let assessment = try await bench.detector.assess(bench.batch(0..<600, in: folder))
    #expect(
      assessment.images == 600 && assessment.shift.pValue > 0.01 && assessment.strange.imagesAtLeast < 30)
    #expect(
      assessment.shift.log10Wealth < 2 && assessment.failures == 0 && assessment.accuracyWithheld == nil)
    let told = try #require(assessment.accuracy)
    let scored = try await scored(bench, 0..<600)
    let right = zip(scored, bench.truth).filter { $0.0.classIndex == $0.1 }.count
    #expect(
      told.interval[0]...told.interval[1] ~= Double(right) / 600 && told.interval[1] - told.interval[0] < 0.1)
    let accepted = zip(scored, bench.truth).filter { !$0.0.isOutlier }
    let rightAccepted = Double(accepted.count { $0.0.classIndex == $0.1 }) / Double(accepted.count)
    let toldOfAccepted = try #require(assessment.accuracyOfAccepted)
    #expect(toldOfAccepted.images == accepted.count)
    #expect(toldOfAccepted.interval[0]...toldOfAccepted.interval[1] ~= rightAccepted)
  }

  private func scored(_ bench: Workbench, _ positions: Range<Int>) async throws -> [ScoredImage] {
    var images: [ScoredImage] = []
    try await bench.detector.score(bench.test, selecting: Array(positions)) {
      images.append(try $0.result.get())
    }
    return images
  }

  /// Noise is not a fault that is simulated.
  @Test func aShiftIsFoundAndAccuracyFalls() async throws {
    let bench = try await Workbench.shared.value
    var random = SplitMix64(seed: 4)
    let noisy = try bench.batch(
      0..<400, change: { $0.map { $0 + Float(0.5 * random.nextNormal()) } }, in: folder)
    let assessment = try await bench.detector.assess(
      noisy, gates: AssessmentGates(maxOutliers: 0.9, shiftAlpha: 0.01, minAccuracy: 0.99))
    #expect(assessment.shift.pValue < 0.01 && assessment.shift.log10Wealth > 2)
    #expect(assessment.gates.map(\.gate) == [.maxOutliers, .shiftAlpha, .minAccuracy])
    #expect(!assessment.gates[1].passes && !assessment.gates[2].passes && !assessment.passes)
    let clean = try #require(try await bench.detector.assess(bench.batch(0..<400, in: folder)).accuracy)
    if let told = assessment.accuracy { #expect(told.value < clean.value) }
  }

  @Test func strangersAreCountedAndGrouped() async throws {
    let bench = try await Workbench.shared.value
    var place = 0
    // A third of the images contains checks, and another third is noise.
    let batch = try bench.batch(
      0..<300,
      change: { values in
        defer { place += 1 }
        switch place % 3 {
        case 0: return values.indices.map { ($0 % 28 + $0 / 28) % 2 == 0 ? 2 : -0.8 }
        case 1: return values
        default:
          var random = SplitMix64(seed: UInt64(place))
          return values.map { _ in Float(3 * random.nextNormal()) }
        }
      }, in: folder)
    let assessment = try await bench.detector.assess(batch, gates: AssessmentGates(maxOutliers: 0.1))
    let isCounted = assessment.strange.imagesAtLeast <= 200
    #expect(isCounted && assessment.strange.shareAtLeast == Double(assessment.strange.imagesAtLeast) / 300)
    #expect(!assessment.groups.isEmpty)
    #expect(assessment.groups.reduce(0) { $0 + $1.images } == Int((assessment.flagged * 300).rounded()))
    for group in assessment.groups {
      #expect(
        group.examples.count == min(10, group.images) && group.examplesFound.count == group.examples.count)
      #expect(group.classes.reduce(0) { $0 + $1.images } <= group.images)
    }
  }

  /// A broken image counts as an outlier, and does not change the shift of the others.
  @Test(arguments: [Float.nan, 1e6, .greatestFiniteMagnitude])
  func aBrokenImageHidesNoShift(value: Float) async throws {
    let bench = try await Workbench.shared.value
    func batch(_ isBroken: Bool) throws -> any ImageSource {
      var place = 0
      return try bench.batch(
        0..<200,
        change: { values in
          defer { place += 1 }
          return isBroken && place == 7 ? values.map { _ in value } : values.map { 0.8 * $0 }
        }, in: folder)
    }
    let whole = try await bench.detector.assess(batch(false))
    let broken = try await bench.detector.assess(batch(true))
    let expected = try #require(whole.shift.pValueOfSignatures)
    let found = try #require(broken.shift.pValueOfSignatures)
    #expect(expected < 0.01 && found < 0.01, "\(expected) \(found)")
    #expect(broken.images == 200 && broken.strange.imagesAtLeast >= 0)
    if value.isNaN { #expect(broken.warnings.map(\.code) == [.valuesNotFinite]) }
  }

  /// The other direction: the score considers the batch more in-distribution than the calibration images.
  @Test func hardlyAnythingFlaggedIsToldOf() async throws {
    let bench = try await Workbench.shared.value
    let images = try await scored(bench, 0..<2_000)
    let ordinary = images.indices.filter { images[$0].pValue > 0.3 }.prefix(300)
    let assessment = try await bench.detector.assess(bench.batch(ordinary, in: folder))
    #expect(assessment.flagged == 0 && assessment.warnings.map(\.code) == [.fewFlagged])
  }

  @Test func gatesThatMeanNothingAreRefused() {
    #expect(AssessmentGates.objection(to: 0.0005, for: .shiftAlpha) != nil)
    #expect(AssessmentGates.objection(to: 0.001, for: .shiftAlpha) == nil)
    #expect(AssessmentGates.objection(to: 0, for: .maxOutliers) == nil)
    #expect(AssessmentGates.objection(to: 1.1, for: .minAccuracy) != nil)
  }

  @Test func accuracyIsWithheldWithoutNewLabelledImages() async throws {
    let bench = try await Workbench.shared.value
    let batch = try bench.batch(0..<100, in: folder)
    let fromID = try await Workbench.fit(Workbench.options(), calibration: nil)
    #expect(fromID.metadata.confidenceTemperature == nil)
    let detector = try Detector(fromID, engine: Engine(), measuresNorms: true)
    let assessment = try await detector.assess(batch)
    #expect(assessment.accuracy == nil && assessment.accuracyWithheld?.contains("labelled") == true)
    #expect(assessment.warnings.map(\.code) == [.calibrationFromID])
    let unsigned = try await Workbench.fit(Workbench.options(signatures: false))
    #expect(try unsigned.metadata.confidenceTemperature != nil && unsigned.learnedAccuracy() == nil)
    let without = try await Detector(unsigned, engine: Engine(), measuresNorms: true).assess(batch)
    #expect(without.accuracyWithheld?.contains("signatures") == true)
    #expect(without.shift.pValueOfSignatures == nil)
  }

  @Test func calibratedConfidenceIsHowOftenItIsRight() async throws {
    let bench = try await Workbench.shared.value
    let images = try await scored(bench, 0..<2_000)
    let right = zip(images, bench.truth).map { $0.0.classIndex == $0.1 ? 1.0 : 0 }
    let calibrated = images.compactMap(\.calibratedConfidence)
    #expect(calibrated.count == images.count)
    let accuracy = right.reduce(0, +) / 2_000
    let mean = calibrated.reduce(0, +) / 2_000
    // Twice the standard error of an accuracy of about 90 %.
    #expect(abs(mean - accuracy) < 0.015)
    let temperature = try #require(bench.guarded.metadata.confidenceTemperature)
    #expect(temperature > 0.05 && temperature < 20)
  }

  /// For batches that did not shift.
  @Test func intervalsHoldTheAccuracy() async throws {
    let bench = try await Workbench.shared.value
    let learned = try #require(try bench.guarded.learnedAccuracy())
    let form = bench.guarded.signatureForm
    var observed: [(probability: Double, isRight: Bool)] = []
    try await bench.detector.signatures(of: bench.test, selecting: Array(0..<4_000)) { result in
      guard let signature = try? result.get() else { return }
      observed.append(
        (
          learned.correctness.probability(signature.values[form.answers]),
          signature.classIndex == bench.truth[observed.count]
        ))
    }
    var random = SplitMix64(seed: 6)
    var (held, small) = (0, 0)
    for _ in 0..<400 {
      let batch = random.nextPermutation(count: observed.count).prefix(150).map { observed[$0] }
      let known = random.nextPermutation(count: learned.images.count).prefix(300).map { learned.images[$0] }
      let estimate = AccuracyEstimate(
        batch.map(\.probability), against: known, transport: learned.transport)
      let accuracy = Double(batch.count(where: \.isRight)) / 150
      if estimate.interval[0]...estimate.interval[1] ~= accuracy { held += 1 }
      if estimate.interval[1] - estimate.interval[0] < 0.2 { small += 1 }
    }
    // With a true rate of 95 %, fewer than 369 of 400 have a probability of one per cent.
    #expect(held >= 369 && small > 380)
  }

  @Test func whatCannotBeAssessedIsSaid() async throws {
    let bench = try await Workbench.shared.value
    await #expect(throws: OddityError.self) {
      try await bench.detector.assess(bench.batch(0..<15, in: folder))
    }
    let plain = try Detector(bench.guarded, engine: Engine())
    await #expect(throws: OddityError.self) { try await plain.assess(bench.batch(0..<20, in: folder)) }
  }

  @Test func whatIsKeptIsReadAgainAndDamageIsSaid() async throws {
    let bench = try await Workbench.shared.value
    let learned = try #require(try bench.guarded.learnedAccuracy())
    let answers = bench.guarded.signatureForm.answers.count
    let count = bench.guarded.metadata.calibrationSize
    let json = try learned.json()
    let again = try #require(LearnedAccuracy(json: json, answers: answers, calibrationImages: count))
    #expect(again.correctness == learned.correctness && again.images.count == count)
    #expect(LearnedAccuracy(json: json, answers: answers + 1, calibrationImages: count) == nil)
    #expect(LearnedAccuracy(json: json, answers: answers, calibrationImages: count - 1) == nil)
    #expect(LearnedAccuracy(json: "{}", answers: answers, calibrationImages: count) == nil)
  }

  @Test func anotherRateKeepsWhatIsKnownAndNewImagesForgetIt() async throws {
    let bench = try await Workbench.shared.value
    var options = RecalibrationOptions()
    options.alpha = try Alpha(parsing: "0.2")
    let stricter = try await Recalibration(bench.guarded, options: options, engine: Engine()).guarded
    #expect(try stricter.learnedAccuracy() != nil && stricter.metadata.confidenceTemperature != nil)
    let batch = try bench.batch(0..<300, in: folder)
    let detector = try Detector(stricter, engine: Engine(), measuresNorms: true)
    let (before, after) = (try await bench.detector.assess(batch), try await detector.assess(batch))
    let (lax, strict) = (try #require(before.accuracyOfAccepted), try #require(after.accuracyOfAccepted))
    #expect(strict.images < lax.images && strict.value >= lax.value && before.accuracy == after.accuracy)
    options.resets = true
    let reset = try await Recalibration(
      bench.guarded, calibration: [try bench.batch(0..<200, in: folder)], options: options, engine: Engine()
    ).guarded
    #expect(try reset.learnedAccuracy() == nil && reset.metadata.confidenceTemperature == nil)
  }
}
