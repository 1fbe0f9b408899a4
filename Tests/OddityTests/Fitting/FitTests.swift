import Foundation
import Imaging
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityStatistics

struct FitTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// NormRatio of every block, jigsaws included, against NumPy and ONNX Runtime.
  @Test(arguments: [
    "residual.ts.onnx", "residual.dyn.onnx", "vgg.ts.onnx", "vgg.dyn.onnx", "preact.ts.onnx",
    "preact.dyn.onnx", "mbconv.ts.onnx", "mbconv.dyn.onnx", "dense.ts.onnx", "dense.dyn.onnx",
  ])
  func normRatiosEqualTheReference(_ name: String) async throws {
    try await expectReferenceRatios(Fixtures.url(name), SyntheticImages(count: 120, in: folder))
  }

  @Test func theDemosNetworkAgreesToo() async throws {
    let images = try SyntheticImages(count: 120, shape: [1, 28, 28], in: folder)
    let network = PythonReference.packageRoot.appending(path: "Demo/networks/vgg11.onnx")
    try await expectReferenceRatios(network, images)
  }

  /// Enough images that the bank of donors cannot contain all.
  @Test func normRatiosOfOtherKindsEqualTheReference() async throws {
    let kinds = [
      "cutmix", "jigsaw:4", "gaussian-noise:0.5", "uniform-noise", "blur", "rotation", "patch-shuffle",
      "pixel-shuffle", "mixup:0.3", "amplitude",
    ]
    try await expectReferenceRatios(
      Fixtures.url("residual.ts.onnx"), SyntheticImages(count: 150, in: folder), kinds: kinds)
  }

  @Test func tooFewCalibrationImagesAreRefusedBeforeAnyWork() async throws {
    var options = FitOptions.paper
    options.run = RunOptions { _ in Issue.record("an image went through the network") }
    let images = try SyntheticImages(count: 30, in: folder)
    do {
      _ = try await fit("residual.ts.onnx", images, options)
      Issue.record("30 images cannot calibrate")
    } catch let error as OddityError {
      #expect(error.code == .tooFewCalibrationImages)
    }
  }

  @Test func nothingDependsOnBatchOrThreads() async throws {
    let images = try SyntheticImages(count: 150, in: folder)
    var reports: [FitReport] = []
    for (batch, threads) in [(1, 1), (7, 2), (64, 1), (64, 2)] {
      var options = FitOptions.paper
      options.pseudoOOD = try ["jigsaw", "cutmix", "gaussian-noise"].map { try PseudoOOD(parsing: $0) }
      options.run = RunOptions(threads: threads, batchSize: batch)
      reports.append(try await fit("residual.ts.onnx", images, options).report)
    }
    for report in reports.dropFirst() {
      #expect(report.selected == reports[0].selected)
      #expect(report.parts == reports[0].parts)
      let pairs = zip(report.pseudoOOD.flatMap(\.blocks), reports[0].pseudoOOD.flatMap(\.blocks))
      for (block, first) in pairs {
        #expect(abs(try #require(block.normRatio) - #require(first.normRatio)) < 1e-6)
      }
    }
  }

  /// The results for a kind are independent of its position and of the other kinds. The first kind selects.
  @Test func kindsAreIndependentAndTheFirstSelects() async throws {
    let images = try SyntheticImages(count: 120, in: folder)
    func report(_ kinds: String...) async throws -> FitReport {
      var options = FitOptions.paper
      options.pseudoOOD = try kinds.map { try PseudoOOD(parsing: $0) }
      return try await fit("vgg.ts.onnx", images, options).report
    }
    let both = try await report("cutmix", "jigsaw")
    let alone = try await report("jigsaw")
    #expect(both.pseudoOOD.map(\.kind) == ["cutmix:0.5", "jigsaw:3"])
    #expect(both.pseudoOOD[1].blocks.map(\.normRatio) == alone.blocks.map(\.normRatio))
    #expect(both.pseudoOOD[1].blocks.map(\.aurocPseudo) == alone.blocks.map(\.aurocPseudo))
    #expect(both.pseudoOOD[1].selected == alone.selected)
    #expect(both.blocks.map(\.normRatio) == both.pseudoOOD[0].blocks.map(\.normRatio))
    #expect(both.selected == both.pseudoOOD[0].selected)
    #expect(both.blocks.map(\.normRatio) != alone.blocks.map(\.normRatio))
  }

  @Test(arguments: [[], ["blur", "blur"], ["jigsaw:33"]])
  func kindsThatCannotBeMadeAreRefused(_ kinds: [String]) async throws {
    let images = try SyntheticImages(count: 40, in: folder)
    var options = FitOptions.paper
    options.pseudoOOD = try kinds.map { try PseudoOOD(parsing: $0) }
    await #expect {
      try await fit("vgg.ts.onnx", images, options)
    } throws: {
      ($0 as? OddityError)?.code == .usage
    }
  }

  @Test func partsAreDisjointAndCounted() async throws {
    let images = try SyntheticImages(count: 200, in: folder)
    let report = try await fit("vgg.ts.onnx", images).report
    #expect(report.parts.fit + report.parts.select + report.parts.calibrate == 200)
    #expect(report.calibrationImages == report.parts.calibrate)
    var paper = FitOptions.paper
    paper.paperSplit = true
    let paperReport = try await fit("vgg.ts.onnx", images, paper).report
    #expect(paperReport.parts.fit == 200)
    #expect(paperReport.parts.calibrate == report.parts.calibrate)
  }

  @Test func calibrationImagesThatWereFittedOnAreWarnedOf() async throws {
    let images = try SyntheticImages(count: 60, in: folder)
    let fit = try await Fit(
      model: Fixtures.url("vgg.ts.onnx"), inDistribution: [images.source], calibration: [images.source],
      engine: Engine())
    #expect(fit.report.warning?.contains("60 calibration images are also among") == true)
    #expect(fit.report.parts.calibrate == 60)
  }

  /// An image that is left out does not affect the detection of copies among the others.
  @Test func copiesAreFoundBehindImagesThatAreLeftOut() async throws {
    let size = 3 * 32 * 32
    func random(_ count: Int, seed: UInt64) -> [Float] {
      var generator = SplitMix64(seed: seed)
      return (0..<count * size).map { _ in Float(generator.nextUnit()) }
    }
    func source(_ values: [Float], _ name: String) throws -> any ImageSource {
      let url = folder.url.appending(path: name)
      try NumPyFile.write(values, shape: [values.count / size, 3, 32, 32], to: url)
      return try ImageSources.open(url.path)
    }
    var values = random(60, seed: 1)
    values[0] = .nan
    // The last image of a batch.
    let copied = values[31 * size..<32 * size]
    let fit = try await Fit(
      model: Fixtures.url("vgg.ts.onnx"), inDistribution: [source(values, "nan.npy")],
      calibration: [source(random(39, seed: 2) + copied, "held.npy")], engine: Engine())
    #expect(fit.failures.count == 1)
    #expect(fit.report.warning?.contains("1 calibration image is also among") == true)
  }

  @Test func aNamedBlockIsUsed() async throws {
    let images = try SyntheticImages(count: 120, in: folder)
    var options = FitOptions.paper
    options.block = .named("0")
    #expect(try await fit("residual.ts.onnx", images, options).report.selected.index == 0)
    let stem = try Classifier(Model(contentsOf: Fixtures.url("residual.ts.onnx")), engine: Engine()).stem[0]
    options.block = .named(stem.tensor)
    let report = try await fit("residual.ts.onnx", images, options).report
    #expect(report.selected.tensor == stem.tensor)
    #expect(report.selected.index == nil)
  }

  @Test func tooFewCalibrationImagesAreAnErrorThatNamesTheWaysOut() async throws {
    let images = try SyntheticImages(count: 40, in: folder)
    await #expect {
      try await fit("vgg.ts.onnx", images)
    } throws: {
      ($0 as? OddityError)?.code == .tooFewCalibrationImages && "\($0)".contains("19")
    }
  }

  @Test func aNetworkWithoutBlocksIsRefusedWithTheWayOut() async throws {
    let images = try SyntheticImages(count: 40, in: folder)
    await #expect {
      try await fit("no_blocks.ts.onnx", images)
    } throws: {
      ($0 as? OddityError)?.code == .noBlocks && "\($0)".contains("`block: TENSOR`")
    }
  }

  @Test func aGuardedModelIsNotFittedAgain() async throws {
    let images = try SyntheticImages(count: 120, in: folder)
    let path = folder.path("guarded.onnx")
    try await fit("vgg.ts.onnx", images).guarded.write(to: path)
    await #expect {
      try await Fit(model: URL(fileURLWithPath: path), inDistribution: [images.source], engine: Engine())
    } throws: {
      ($0 as? OddityError)?.code == .alreadyGuarded
    }
  }

  @Test func labelsMustFitTheClasses() async throws {
    let images = try SyntheticImages(count: 40, in: folder)
    var options = FitOptions.paper
    options.labels = ["cat", "dog"]
    await #expect {
      try await fit("vgg.ts.onnx", images, options)
    } throws: {
      "\($0)".contains("2 names") && "\($0)".contains("10 classes")
    }
  }

  private func expectReferenceRatios(
    _ network: URL, _ images: SyntheticImages, kinds: [String] = ["jigsaw:3"]
  ) async throws {
    var options = FitOptions.paper
    options.paperSplit = true
    options.seed = 11
    options.pseudoOOD = try kinds.map { try PseudoOOD(parsing: $0) }
    let fit = try await Fit(
      model: network, inDistribution: [images.source], options: options, engine: Engine())
    let reference = try reference(
      network, tensors: fit.report.blocks.map(\.tensor), images: images, kinds: kinds, seed: options.seed)
    #expect(fit.report.pseudoOOD.count == kinds.count)
    for (kind, measured) in zip(kinds, fit.report.pseudoOOD) {
      let known = try #require(reference[kind])
      for block in measured.blocks {
        let known = try #require(known[block.tensor])
        #expect(abs(try #require(block.normRatio) / known.norm_ratio - 1) < 1e-5, "\(kind) \(block.tensor)")
        #expect(
          abs(try #require(block.normRatioOfMeans) / known.norm_ratio_of_means - 1) < 1e-5,
          "\(kind) \(block.tensor)")
      }
      let best = try #require(known.max { $0.value.norm_ratio < $1.value.norm_ratio })
      #expect(measured.selected?.tensor == best.key)
    }
    #expect(fit.report.selected == fit.report.pseudoOOD[0].selected)
  }

  private func fit(
    _ name: String, _ images: SyntheticImages, _ options: FitOptions = .paper
  ) async throws -> Fit {
    try await Fit(
      model: Fixtures.url(name), inDistribution: [images.source], options: options, engine: Engine())
  }

  private struct ReferenceRatio: Decodable {
    let norm_ratio: Double
    let norm_ratio_of_means: Double
  }

  /// NormRatio by kind and tensor.
  private func reference(
    _ network: URL, tensors: [String], images: SyntheticImages, kinds: [String], seed: UInt64
  ) throws -> [String: [String: ReferenceRatio]] {
    let ids = folder.url.appending(path: "ids.json")
    try JSONEncoder().encode(images.source.items.map { "\($0.id)" }).write(to: ids)
    let output = try PythonReference.run(
      "model_reference.py",
      arguments: ["normratio", network.path] + tensors
        + ["--input", images.url.path, "--ids", ids.path, "--seed", "\(seed)"]
        + kinds.flatMap { ["--kind", $0] })
    return try JSONDecoder().decode([String: [String: ReferenceRatio]].self, from: output)
  }
}
