import Foundation
import Imaging
import Engines
import Testing
import TestSupport

@testable import OddityFit
@testable import OddityModel

struct DetectorTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func anImageInMemoryScoresAsItsFileDoes() async throws {
    let detector = try await detector()
    let bytes = bitmap(width: 40, height: 30)
    try Data(bytes).write(to: folder.url.appending(path: "image.ppm"))
    var fromFile: ScoredImage?
    try await detector.score(folder.path("image.ppm")) { fromFile = try $0.result.get() }
    let fromMemory = try await detector.score(bytes, name: "image.ppm")
    #expect(fromMemory.scores == fromFile?.scores)
    #expect(fromMemory.isOutlier == fromFile?.isOutlier)
  }

  /// A `Data` value gives the same score as its file, alone and with others.
  @Test func dataScoresAsItsFileDoes() async throws {
    let detector = try await detector()
    let file = folder.url.appending(path: "image.ppm")
    let data = Data(bitmap(width: 41, height: 29))
    try data.write(to: file)
    var fromFile: ScoredImage?
    try await detector.score(file.path) { fromFile = try $0.result.get() }
    let alone = try await detector.score(data)
    var together: [String: ScoredImage] = [:]
    var failures: [String] = []
    let source = MemorySource([("first", data), ("text", Data("no image".utf8)), ("last", data)])
    try await detector.score(source) { outcome in
      switch outcome.result {
      case .success(let image): together[outcome.item.name] = image
      case .failure(let error): failures.append(error.message)
      }
    }
    #expect(together.count == 2 && failures.count == 1 && failures[0].contains("'text'"))
    let expected = try #require(fromFile)
    for image in [alone] + together.values {
      #expect(image.scores.values.map(\.bitPattern) == expected.scores.values.map(\.bitPattern))
      #expect(image.pValue == expected.pValue && image.confidence == expected.confidence)
    }
  }

  /// Tensors have the same scores in an array's file and in place in memory, also if the last batch is
  /// incomplete, and if one of them contains NaN.
  @Test func tensorsInMemoryScoreAsTheirFileDoes() async throws {
    let detector = try await detector()
    let shape = [45] + detector.guarded.metadata.preprocessing.sampleShape
    var values = (0..<shape.reduce(1, *)).map { Float($0 % 1013) / 500 - 1 }
    values[values.count / 2] = .nan
    try NumPyFile.write(values, shape: shape, to: folder.url.appending(path: "tensors.npy"))
    var fromFile: [ScoredImage] = []
    try await detector.score(folder.path("tensors.npy")) { fromFile.append(try $0.result.get()) }
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
    defer { memory.deallocate() }
    _ = memory.initialize(from: values)
    let borrowed = BorrowedValues(try #require(UnsafePointer(memory.baseAddress)), count: values.count)
    var fromMemory: [Int: ScoredImage] = [:]
    try await detector.score(tensors: borrowed) { fromMemory[$0] = $1 }
    #expect(fromMemory.count == fromFile.count)
    for (row, expected) in fromFile.enumerated() {
      let image = try #require(fromMemory[row])
      #expect(image.scores.values.map(\.bitPattern) == expected.scores.values.map(\.bitPattern))
      #expect(image.pValue == expected.pValue && image.isOutlier == expected.isOutlier)
    }
  }

  /// An app scores from its main actor, and receives results there.
  @Test @MainActor func theMainActorScores() async throws {
    let detector = try await detector()
    try Data(bitmap(width: 40, height: 30)).write(to: folder.url.appending(path: "image.ppm"))
    let screen = Screen()
    try await screen.show(detector, folder.path("image.ppm"))
    #expect(screen.names.count == 1)
  }

  @MainActor private final class Screen {
    var names: [String] = []

    func show(_ detector: Detector, _ source: String) async throws {
      try await detector.score(source) { outcome in
        MainActor.assertIsolated()
        names.append(outcome.item.name)
      }
    }
  }

  /// Scores and the class are available by name.
  @Test func whatIsSaidOfAnImageHasNames() async throws {
    var options = FitOptions.paper
    options.scores = [.featurenorm, .energy]
    options.labels = (0..<10).map { "class \($0)" }
    let image = try await detector(options).score(bitmap(width: 40, height: 30), name: "image.ppm")
    #expect(image.scores.map(\.name) == ["featurenorm", "energy"])
    #expect(image.scores["featurenorm"] == image.score && image.scores[.energy] == image.scores.values[1])
    #expect(image.scores["nap"] == nil && image.label == "class \(image.classIndex)")
    #expect(try await detector().score(bitmap(width: 40, height: 30), name: "image.ppm").label == nil)
  }

  /// A printed error is one line that names its cause.
  @Test func anErrorIsOneLineHoweverItIsPrinted() throws {
    for path in [folder.path("none.onnx"), Fixtures.url("residual.ts.onnx").path] {
      let error = try #require(throws: (any Error).self) { try Detector(path) }
      #expect("\(error)" == error.localizedDescription && "\(error)".contains(".onnx"))
      #expect(!"\(error)".contains("\n"))
    }
    let error = #expect(throws: ImagingError.self) { try ImageSources.open(folder.path("none")) }
    #expect(error?.localizedDescription.contains("none") == true)
  }

  @Test func anImageInMemoryThatIsNoneIsNamed() async throws {
    let detector = try await detector()
    await #expect {
      try await detector.score(Array("no image".utf8), name: "upload")
    } throws: {
      ($0 as? ImagingError)?.code == .notAnImage && "\($0)".contains("upload")
    }
  }

  /// If a network overflows, the score is NaN, and the image is an outlier.
  @Test func scoresThatAreNotFiniteAreOutliers() async throws {
    let detector = try await detector()
    let values = [Float](repeating: 3e38, count: 3 * 32 * 32)
    let file = folder.url.appending(path: "huge.npy")
    try NumPyFile.write(values, shape: [1, 3, 32, 32], to: file)
    var scored: ScoredImage?
    try await detector.score(file.path) { scored = try $0.result.get() }
    let image = try #require(scored)
    #expect(!image.score.isFinite)
    #expect(image.isOutlier)
    #expect(image.pValue == 1 / Float(detector.guarded.metadata.calibrationSize + 1))
  }

  /// The smallest p-value is that of the group that ONNX Runtime's graph selects, which is the group of the
  /// first class.
  @Test func imagesThatAreNoNumbersHaveThePValueOfTheirGroup() async throws {
    let byClass = folder.path("class.onnx")
    try await detector().guarded.write(to: folder.path("all.onnx"))
    let group = #"{"calibration_images":9,"rank":0,"false_alarm_interval":[0,0],"classes":[0]}"#
    let groups = "calibration_groups=[\(group)]"
    _ = try PythonReference.run(
      "edit_metadata.py", arguments: [folder.path("all.onnx"), byClass, groups, "--without-calibration"])
    let file = folder.url.appending(path: "nan.npy")
    try NumPyFile.write([Float](repeating: .nan, count: 3 * 32 * 32), shape: [1, 3, 32, 32], to: file)
    var scored: [ScoredImage] = []
    try await Detector(byClass).score(file.path) { scored.append(try $0.result.get()) }
    #expect(scored.map(\.pValue) == [0.1] && scored[0].isOutlier && scored[0].score.isNaN)
  }

  private func detector(_ options: FitOptions = .paper) async throws -> Detector {
    let images = try SyntheticImages(count: 120, in: folder)
    let path = folder.path("guarded.onnx")
    var options = options
    // Arrays do not show how image files become tensors.
    options.preprocessing = Preprocessing(mean: [0], std: [1])
    try await Fit(
      model: Fixtures.url("residual.ts.onnx").path, inDistribution: [images.url.path], options: options
    )
    .guarded.write(to: path)
    return try Detector(path)
  }

  /// A colour gradient as a binary PPM file.
  private func bitmap(width: Int, height: Int) -> [UInt8] {
    let pixels = (0..<width * height).flatMap { pixel -> [UInt8] in
      [UInt8(pixel % width * 5), UInt8(pixel / width * 8), 128]
    }
    return Array("P6 \(width) \(height) 255\n".utf8) + pixels
  }
}
