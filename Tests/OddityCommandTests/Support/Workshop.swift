import Foundation
import TestSupport

/// A folder of images, and a model that the command has guarded with them. Created once for all tests.
///
/// Commands run in the folder, so that tests name files like a user.
struct Workshop: Sendable {
  let folder: TemporaryFolder
  /// The output of `fit` when it wrote `guarded.onnx`.
  let fit: CommandUnderTest.Outcome

  /// All scores, with separate calibration images and the names of the classes.
  static let fitArguments = [
    "fit", Fixtures.url("residual.dyn.onnx").path, "--id", "id", "--calibration", "cal", "--preprocess",
    "spec.json", "--labels", "names.txt", "--score", "featurenorm,energy,msp,maxlogit", "--seed", "5",
    "--no-signatures",
  ]

  /// By class, for a network that predicts several classes for images with increased contrast: two groups.
  static let fitByClassArguments = [
    "fit", Fixtures.url("unoptimised.dyn.onnx").path, "--id", "id", "--calibration", "cal", "--preprocess",
    "sharp.json", "--labels", "names.txt", "--calibration-by", "class", "--alpha", "0.2", "--score",
    "featurenorm",
  ]

  private static let made = Result { try Workshop() }

  static var shared: Workshop { get throws { try made.get() } }

  private init() throws {
    folder = try TemporaryFolder()
    _ = try PythonReference.run("command_images.py", arguments: [folder.url.path])
    try Data("{\"resize\": 36, \"crop\": 32, \"mean\": [0.4, 0.5, 0.6], \"std\": 0.001}".utf8).write(
      to: folder.url.appending(path: "sharp.json"))
    fit = try CommandUnderTest.run(
      Self.fitArguments + ["--json", "--output", "guarded.onnx"], directory: folder.url)
  }

  /// Runs the command in the folder.
  func oddity(_ arguments: String..., input: String = "") throws -> CommandUnderTest.Outcome {
    try CommandUnderTest.run(arguments, input: input, directory: folder.url)
  }

  func oddity(_ arguments: [String]) throws -> CommandUnderTest.Outcome {
    try CommandUnderTest.run(arguments, directory: folder.url)
  }

  /// Copies the calibration images into class folders.
  ///
  /// - Parameter label: the class of the image at a position among these images.
  func copyCalibrationImages(to name: String, label: (Int, [String]) throws -> String) throws {
    let classes = try String(contentsOf: folder.url.appending(path: "names.txt"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
    let images = try FileManager.default.contentsOfDirectory(atPath: folder.path("cal")).sorted()
    for (position, image) in images.enumerated() {
      let target = folder.url.appending(path: "\(name)/\(try label(position, classes))")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: folder.url.appending(path: "cal/\(image)"), to: target.appending(path: image))
    }
  }

  /// Writes an array of waves with enough images for the choice of `auto`.
  ///
  /// - Parameter factor: the factor of all values.
  func makeWaves(_ name: String, count: Int = 450, times factor: Float = 1) throws {
    var state: UInt64 = 1
    func next() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24)
    }
    var values: [Float] = []
    for _ in 0..<count * 3 {
      let (across, down, phase) = (next() / 2, next() / 2, 6 * next())
      for pixel in 0..<32 * 32 {
        let angle: Float = across * Float(pixel % 32) + down * Float(pixel / 32) + phase
        values.append(factor * (sin(angle) + 0.5 * next()))
      }
    }
    try NumPyFile.write(values, shape: [count, 3, 32, 32], to: folder.url.appending(path: name))
  }

  /// Fits a network of the fixtures on the folder's images with as few arguments as possible, without
  /// signatures.
  func fit(_ network: String, _ flags: String..., to output: String) throws -> CommandUnderTest.Outcome {
    try oddity(
      ["fit", Fixtures.url(network).path, "--id", "id", "--no-signatures", "--output", output] + flags)
  }
}
