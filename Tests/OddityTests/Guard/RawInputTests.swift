import Foundation
import Imaging
import ONNXGraph
import Engines
import TestSupport
import Testing

@testable import OddityFiles
@testable import OddityModel

/// Compares the preprocessing nodes of files that take pixels, ``PreprocessingNodes``, with Pillow, and in
/// the engine with Oddity's own resampler.
struct RawInputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Comparison: Decodable {
    let taken: Int
    /// The heights and widths of images with any different bit.
    let different: [[Int]]
    /// The images that only one side refuses.
    let disputed: [[Int]]
  }

  private static let imagenet = #""mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]"#

  /// The settings of nearly all networks: three interpolations, shorter side or exact size, with and without
  /// a crop.
  @Test func theUsualWaysEqualPillowToTheBit() throws {
    let ways = ["bilinear", "bicubic", "nearest"].flatMap { interpolation in
      [#"36, "crop": 32"#, "32", #"[34, 40], "crop": 32"#, "[32, 32]"].map { resize in
        #"{"resize": \#(resize), "interpolation": "\#(interpolation)", \#(Self.imagenet)}"#
      }
    }
    try expectPillowAgrees(ways.map { ($0, "residual.dyn.onnx", [nil, 3, 32, 32]) }, sizes: 300)
  }

  /// Every other preprocessing step, including other layouts, types, operator sets and shapes.
  @Test func everyOtherWayEqualsPillowToTheBit() throws {
    let square: [Int?] = [nil, 3, 32, 32]
    var ways: [(String, String, [Int?])] = [
      #""resize": 36, "crop": 32, "interpolation": "lanczos""#,
      #""resize": [32, 32], "interpolation": "hamming""#,
      #""resize": [32, 32], "interpolation": "box""#,
      #""resize": [40, 34], "crop": 32, "channels": "BGR", "frame": [1, 2, 3]"#,
      #""resize": {"shorter_side": 32, "rounding": "nearest", "multiple_of": 1}, "crop": 32"#,
      #""resize": {"shorter_side": 30, "rounding": "nearest", "multiple_of": 16}, "crop": 32, "crop_rounding": "down""#,
      #""resize": {"shorter_side": 32, "rounding": "down", "multiple_of": 4}, "crop": 32"#,
      #""resize": {"cover": [32, 32]}, "crop": 32, "interpolation": "bicubic""#,
      #""resize": {"within": [32, 32]}, "crop": 32, "frame": [114, 12, 200], "channels": "BGR""#,
      #""resize": 25, "crop": 32, "frame": 7, "crop_rounding": "down""#,
      #""resize": 25, "crop": 32, "frame": 7, "interpolation": "nearest""#,
      #""crop": 32"#, #""crop": 32, "frame": [9, 8, 7], "channels": "BGR""#,
      #""central_share": [0.875, 0.7], "resize": [32, 32], "interpolation": "bicubic""#,
      #""central_share": [0.9342857142857143, 0.7], "resize": [32, 32], "interpolation": "nearest""#,
    ].map { ("{\($0), \(Self.imagenet)}", "residual.dyn.onnx", square) }
    for network in ["opset11.ts.onnx", "opset21.dyn.onnx", "float16.ts.onnx", "fixed_batch.ts.onnx"] {
      ways.append((#"{"resize": 36, "crop": 32, \#(Self.imagenet)}"#, network, square))
    }
    let grey = #""mean": [0.4], "std": [0.3]"#
    ways += [
      (#"{"resize": 36, "crop": 32, \#(grey)}"#, "grey.ts.onnx", [nil, 1, 32, 32]),
      (
        #"{"resize": 36, "crop": 32, "interpolation": "nearest", \#(grey)}"#, "grey.ts.onnx",
        [nil, 1, 32, 32]
      ),
      (
        #"{"mean": [1], "std": [1], "rescale_factor": 0.00784313725490196}"#, "nhwc.ts.onnx",
        [nil, 32, 32, 3]
      ),
      (#"{"resize": 28, \#(Self.imagenet)}"#, "residual.dyn.onnx", [nil, 3, 28, 28]),
      (
        #"{"resize": [24, 50], "interpolation": "bicubic", \#(Self.imagenet)}"#, "residual.dyn.onnx",
        [nil, 3, 24, 50]
      ),
      (#"{"resize": 40, "crop": [40, 17], \#(Self.imagenet)}"#, "residual.dyn.onnx", [nil, 3, 40, 17]),
    ]
    try expectPillowAgrees(ways, sizes: 60)
  }

  private func expectPillowAgrees(_ ways: [(String, String, [Int?])], sizes: Int) throws {
    for (number, way) in ways.enumerated() {
      let (model, preprocessing) = try rawModel(way.0, way.1, shape: way.2)
      let file = folder.url.appending(path: "\(number)")
      try model.bytes.write(to: file.appendingPathExtension("onnx"))
      try Data(preprocessing.json().utf8).write(to: file.appendingPathExtension("json"))
    }
    let printed = try PythonReference.run(
      "raw_input_reference.py", arguments: ["compare", folder.url.path, "\(sizes)"])
    let answers = try JSONDecoder().decode([String: Comparison].self, from: printed)
    #expect(answers.count == ways.count)
    for (number, way) in ways.enumerated() {
      let answer = try #require(answers["\(number)"])
      #expect(answer.different.isEmpty && answer.disputed.isEmpty, "\(way.0): \(answer)")
      #expect(answer.taken == sizes, "\(way.0)")
    }
  }

  private func rawModel(
    _ json: String, _ network: String, shape: [Int?] = [nil, 3, 32, 32]
  ) throws -> (model: Model, preprocessing: ResolvedPreprocessing) {
    let plain = try Model(contentsOf: Fixtures.url(network))
    let preprocessing = try JSONDecoder().decode(Preprocessing.self, from: Data(json.utf8))
      .resolved(
        inputShape: shape, inputType: plain.graph.inputs[0].elementType == .float16 ? .float16 : .float32)
    return (
      try RawInput.written(plain, input: plain.graph.inputs[0].name, preprocessing: preprocessing),
      preprocessing
    )
  }

  @Test func theCostIsBounded() throws {
    let (model, _) = try rawModel(
      #"{"resize": [224, 224], \#(Self.imagenet)}"#, "residual.dyn.onnx", shape: [nil, 3, 224, 224])
    let path = folder.path("cost.onnx")
    try model.bytes.write(to: URL(filePath: path))
    struct Cost: Decodable {
      let ratio: Double
      let bytes: Int
    }
    let cost = try JSONDecoder().decode(
      Cost.self, from: PythonReference.run("raw_input_reference.py", arguments: ["cost", path]))
    #expect(cost.ratio < 12 && cost.bytes < 1 << 30, "\(cost)")
  }
}

/// Tests in the engine, which computes float64 as float32.
extension RawInputTests {
  private func compiled(_ json: String) throws -> (model: CompiledModel, preprocessing: ResolvedPreprocessing)
  {
    let (model, preprocessing) = try rawModel(json, "residual.dyn.onnx")
    let alone = try model.pruned(to: [Self.inner])
    return (
      try Engine().compile(model: alone.bytes, name: "the nodes", options: EngineOptions()), preprocessing
    )
  }

  private static let inner = "oddity/raw/input"

  private func image(_ height: Int, _ width: Int) -> PixelImage {
    var random = SplitMix64(seed: UInt64(height * 1_000 + width))
    return PixelImage(
      width: width, height: height, channels: 3,
      pixels: (0..<height * width * 3).map { _ in UInt8(truncatingIfNeeded: random.next() >> 40) })
  }

  /// If the ratio of the sizes is simple, many pixels are exactly between two levels.
  @Test(arguments: ["bilinear", "bicubic", "lanczos", "hamming", "nearest"])
  func theEngineIsAtMostOneLevelOff(_ interpolation: String) async throws {
    let (model, preprocessing) = try compiled(
      #"{"resize": 36, "crop": 32, "interpolation": "\#(interpolation)", "mean": [0], "std": [1], "rescale_factor": 1}"#
    )
    var (different, count) = (0, 0)
    let sizes =
      interpolation == "nearest"
      // For none of these sizes, a pixel is in the middle between two others.
      ? [(9, 9), (33, 33), (45, 45), (63, 63), (72, 72), (100, 100), (375, 375)]
      : [(24, 24), (40, 40), (45, 45), (72, 100), (18, 54), (33, 80), (375, 500), (1_000, 36), (9, 9)]
    for (height, width) in sizes {
      let image = image(height, width)
      var wanted = [Float](repeating: 0, count: preprocessing.sampleCount)
      try wanted.withUnsafeMutableBufferPointer { try preprocessing.apply(image, into: $0) }
      let tensors = try await model.infer(
        image.pixels.map(Float.init), shape: [1, height, width, 3], outputs: [Self.inner])
      let given = try tensors.floats(Self.inner)
      #expect(given.count == wanted.count)
      let levels = zip(given, wanted).map { abs($0 - $1) }
      #expect((levels.max() ?? 2) <= 1, "\(height)×\(width)")
      different += levels.count { $0 > 0 }
      count += levels.count
    }
    #expect(different * 100 < count && (interpolation != "nearest" || different == 0))
  }

  /// If a pixel is uncertain, or a sum is not exact, the graph fails in a node whose name shows the reason.
  @Test(arguments: [
    // Pillow adds 10/9 nine times in float64. In float32 it is uncertain whether the sum is 5 or less.
    (#"36, "crop": 32, "interpolation": "nearest""#, 40, 40),
    (#"36, "crop": 32, "interpolation": "box""#, 50, 50),
    // A side that is too long, before and after the resize, and a pixel of more than 512 samples.
    (#"[32, 32], "interpolation": "bilinear""#, 1, 32_768), (#"36, "crop": 32"#, 2, 32_000),
    (#"[32, 32], "interpolation": "bicubic""#, 40, 4_200),
  ])
  func theGraphFailsWhereItWouldBeWrong(_ resize: String, _ height: Int, _ width: Int) async throws {
    let (model, preprocessing) = try compiled(#"{"resize": \#(resize), \#(Self.imagenet)}"#)
    let image = image(height, width)
    do {
      let tensors = try await model.infer(
        image.pixels.map(Float.init), shape: [1, height, width, 3], outputs: [Self.inner])
      // ONNX Runtime has the full precision of float64 and int64, which OpenVINO lacks.
      #expect(!TestedEngine.isOpenVINO)
      var wanted = [Float](repeating: 0, count: preprocessing.sampleCount)
      try wanted.withUnsafeMutableBufferPointer { try preprocessing.apply(image, into: $0) }
      let worst = zip(try tensors.floats(Self.inner), wanted).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst < 1e-5)
    } catch let error as EngineError {
      #expect("\(error)".contains("oddity/raw/Reshape"), "\(error)")
    }
  }

  /// Products that an engine rounds to fewer digits are detected. Products of numbers with few digits remain
  /// exact.
  @Test(arguments: [
    ("residual.dyn.onnx", 3, Self.imagenet), ("grey.ts.onnx", 1, #""mean": [0.4], "std": [0.3]"#),
  ])
  func productsOfFewerDigitsAreNoticed(_ network: String, _ channels: Int, _ values: String) throws {
    let (model, _) = try rawModel(
      #"{"resize": 36, "crop": 32, \#(values)}"#, network, shape: [nil, channels, 32, 32])
    let path = folder.path("rounded.onnx")
    try model.bytes.write(to: URL(filePath: path))
    let answer = try PythonReference.run("raw_input_reference.py", arguments: ["rounded", path])
    #expect(String(decoding: answer, as: UTF8.self) == "operands: the same, products: fails\n")
  }
}
