import Engines
import Foundation
import Imaging
import Testing
import TestSupport

@testable import OddityFit
@testable import OddityModel

/// The demo's ResNet-18 on real images that it was not trained on.
@Suite struct DiagnosisTests {
  /// One fit for all tests.
  private struct Workbench: Sendable {
    let guarded: GuardedModel
    let detector: Detector
    let stored: StoredSignatures
    /// Inputs of new images that were not used in the fit.
    let tensors: [[Float]]

    static let shared = Task { try await Workbench() }

    private init() async throws {
      let root = PythonReference.packageRoot
      let demo = root.appending(path: "Demo/networks").path
      var options = FitOptions()
      options.limit = 300
      options.scores = [.energy]
      options.preprocessing = try Preprocessing.load("\(demo)/preprocess.json")
      let calibration = root.appending(path: ".demo/calibration.tar").path
      guarded = try await Fit(
        model: "\(demo)/resnet18.onnx", inDistribution: [calibration], calibration: [calibration],
        options: options
      ).guarded
      stored = try guarded.signatures()
      detector = try Detector(guarded, engine: Engine(), measuresNorms: true)
      let test = try ImageSources.open(root.appending(path: ".demo/test.tar").path)
      let preprocessing = guarded.metadata.preprocessing
      var tensors: [[Float]] = []
      let reader = try test.reader(selecting: Array(0..<1_000))
      while let (_, payload) = try reader.next() {
        var values = Array(repeating: Float.zero, count: preprocessing.sampleCount)
        try values.withUnsafeMutableBufferPointer {
          try preprocessing.apply(payload.get().loaded(), into: $0)
        }
        tensors.append(values)
      }
      self.tensors = tensors
    }

    func diagnosis(_ tensors: [[Float]], in folder: TemporaryFolder) async throws -> Diagnosis {
      try await detector.diagnose(source(tensors, in: folder))
    }

    func source(_ tensors: [[Float]], in folder: TemporaryFolder) throws -> any ImageSource {
      let url = folder.url.appending(path: "\(UUID().uuidString).npy")
      try NumPyFile.write(
        tensors.flatMap(\.self), shape: [tensors.count] + guarded.metadata.preprocessing.sampleShape, to: url)
      return try ImageSources.open(url.path)
    }
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func newImagesAreHealthy() async throws {
    let bench = try await Workbench.shared.value
    let diagnosis = try await bench.diagnosis(Array(bench.tensors.prefix(64)), in: folder)
    #expect(diagnosis.verdict == .healthy && diagnosis.images == 64 && diagnosis.calibrationImages == 1_024)
    #expect(diagnosis.warnings.isEmpty && diagnosis.failures == 0)
    #expect(diagnosis.faults.isEmpty)
  }

  @Test(arguments: [
    Fault.notScaled, .scaledTwice, .otherNormalisation, .inverted, .turned, .gamma, .shiftedCrop, .blurred,
  ])
  func faultsAreNamed(fault: Fault) async throws {
    let bench = try await Workbench.shared.value
    let (mean, std) = (Float(0.286), Float(0.353))
    let side = bench.guarded.metadata.preprocessing.size.width
    let change: ([Float]) -> [Float] = { values in
      let levels = values.map { $0 * std + mean }
      func tensor(_ levels: [Float]) -> [Float] { levels.map { ($0 - mean) / std } }
      func moved(_ place: (Int, Int) -> (Int, Int)) -> [Float] {
        tensor(
          (0..<side * side).map { pixel in
            let (row, column) = place(pixel / side, pixel % side)
            return 0..<side ~= row && 0..<side ~= column ? levels[row * side + column] : 0
          })
      }
      return switch fault {
      case .notScaled: tensor(levels.map { 255 * $0 })
      case .scaledTwice: tensor(levels.map { $0 / 255 })
      case .otherNormalisation: levels.map { ($0 - 0.5) / 0.5 }
      case .inverted: tensor(levels.map { 1 - $0 })
      case .turned: moved { ($1, side - 1 - $0) }
      case .gamma: tensor(levels.map { pow(max($0, 0), 2) })
      case .shiftedCrop: moved { ($0 + side / 6, $1 + side / 6) }
      default:
        moved { ($0 / 3 * 3 + 1, $1 / 3 * 3 + 1) }
      }
    }
    let diagnosis = try await bench.diagnosis(bench.tensors[100..<164].map(change), in: folder)
    #expect(diagnosis.verdict == .fault, "\(diagnosis)")
    let first = try #require(diagnosis.faults.first)
    let expected: Set<Fault> = fault == .blurred ? [.blurred, .otherResize] : [fault]
    #expect(expected.contains(first.fault), "\(diagnosis.faults.prefix(3))")
    #expect(diagnosis.pValue == 0.0005)
  }

  /// Random splits of images from the same distribution. With a level of 1 %, more than 10 of 300 tests are
  /// rejected with a probability of 0.0003.
  @Test func healthyImagesAreSeldomCalledFaulty() async throws {
    let bench = try await Workbench.shared.value
    var pool: [ImageSignature] = []
    let source = try bench.source(bench.tensors, in: folder)
    try await bench.detector.signatures(of: source, selecting: Array(bench.tensors.indices)) {
      if case .success(let signature) = $0 { pool.append(signature) }
    }
    #expect(pool.count == 1_000)
    var random = SplitMix64(seed: 9)
    var rejected = 0
    for round in 0..<300 {
      let drawn = random.nextPermutation(count: pool.count).prefix(320).map { pool[$0] }
      var stored = bench.stored
      stored.images = Array(drawn.dropFirst(64))
      let test = try HealthTest(
        Array(drawn.prefix(64)), against: stored, permutations: 199, seed: UInt64(round))
      if test.pValue <= Diagnosis.level { rejected += 1 }
    }
    #expect(rejected <= 10)
  }

  @Test func anotherMixOfClassesIsNoFault() async throws {
    let bench = try await Workbench.shared.value
    let scored = try bench.source(bench.tensors, in: folder)
    var chosen: [Int] = []
    var row = 0
    try await bench.detector.score(scored) { outcome in
      if case .success(let image) = outcome.result, [1, 2, 8].contains(image.classIndex) {
        chosen.append(row)
      }
      row += 1
    }
    let diagnosis = try await bench.diagnosis(chosen.suffix(100).map { bench.tensors[$0] }, in: folder)
    #expect(diagnosis.verdict == .mix && diagnosis.pValueOfClasses <= 0.01, "\(diagnosis)")
  }

  @Test func aDetectorWithoutNormsIsRefused() async throws {
    let bench = try await Workbench.shared.value
    let detector = try Detector(bench.guarded, engine: Engine())
    let source = try bench.source(Array(bench.tensors.prefix(20)), in: folder)
    await #expect {
      _ = try await detector.diagnose(source)
    } throws: {
      ($0 as? OddityError)?.code == .usage
    }
  }

  @Test func fewImagesAreWarnedOfOrRefused() async throws {
    let bench = try await Workbench.shared.value
    let some = try await bench.diagnosis(Array(bench.tensors.prefix(16)), in: folder)
    #expect(some.warnings.map(\.code) == [.fewImages])
    await #expect {
      _ = try await bench.diagnosis(Array(bench.tensors.prefix(15)), in: folder)
    } throws: {
      ($0 as? OddityError)?.code == .badData
    }
  }

  @Test func signaturesAreKept() async throws {
    let bench = try await Workbench.shared.value
    let path = folder.path("guarded.onnx")
    try bench.guarded.write(to: path)
    let read = try GuardedModel(contentsOf: URL(filePath: path)).signatures()
    #expect(try read.json() == bench.stored.json())
    #expect(read.images.count == 1_024 && read.replayedImages == 64)
    #expect(
      Set(read.replays.map(\.fault))
        == Set(Fault.allCases).subtracting([.otherImages, .channelsSwapped, .layoutMistaken, .grey]))
    #expect(try read.json().utf8.count < 170_000)
  }

  @Test(arguments: ["{}", "no JSON", #"{"format":2}"#])
  func damageIsTold(json: String) async throws {
    let bench = try await Workbench.shared.value
    #expect(StoredSignatures(json: json, classes: 10) == nil)
    let stored = try bench.stored.json()
    #expect(StoredSignatures(json: stored, classes: 10) != nil)
    #expect(StoredSignatures(json: stored, classes: 2) == nil)
    #expect(
      StoredSignatures(json: stored.replacingOccurrences(of: "\"input.top\",", with: ""), classes: 10) == nil)
  }

  @Test func withoutSignaturesThereIsAWayOut() throws {
    let old = try GuardedModel(contentsOf: Fixtures.url("guarded.v2.onnx"))
    #expect {
      _ = try old.signatures()
    } throws: {
      "\($0)".contains("fit it again") && ($0 as? OddityError)?.code == .badModel
    }
  }

  /// A fit warns if its images seem to be preprocessed incorrectly.
  @Test func aFitWarnsOfItsOwnImages() async throws {
    let bench = try await Workbench.shared.value
    let negatives = try bench.source(
      bench.tensors.prefix(600).map { $0.map { (1 - 2 * 0.286) / 0.353 - $0 } }, in: folder)
    let right = try bench.source(Array(bench.tensors.prefix(600)), in: folder)
    let demo = PythonReference.packageRoot.appending(path: "Demo/networks")
    func warnings(_ source: any ImageSource) async throws -> [Warning] {
      var options = FitOptions()
      options.scores = [.energy]
      options.preprocessing = try Preprocessing.load(demo.appending(path: "preprocess.json").path)
      let fit = try await Fit(
        model: demo.appending(path: "resnet18.onnx"), inDistribution: [source], calibration: [source],
        options: options,
        engine: Engine())
      return fit.report.warnings.filter { $0.code == .imagesLookFaulty }
    }
    let (ofNegatives, ofRight) = (try await warnings(negatives), try await warnings(right))
    #expect(ofNegatives.map(\.text).joined().contains("inverted"), "\(ofNegatives)")
    #expect(ofRight.isEmpty, "\(ofRight)")
  }
}
