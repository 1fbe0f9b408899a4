import Foundation
import Testing
import TestSupport

/// `Examples/python/score_guarded.py`, which users copy, gives the same results as the command, with Pillow
/// and ONNX Runtime, from image files.
@Suite struct PythonExampleTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  /// They include grey, rotated and transparent images, and one of 16 bits.
  private var images: [String] {
    get throws {
      let folder = workshop.folder
      return try ["new", "odd"].flatMap { name in
        try FileManager.default.contentsOfDirectory(atPath: folder.path(name)).sorted().map {
          folder.path("\(name)/\($0)")
        }
      } + [folder.path("sixteen-bits.png")]
    }
  }

  /// The help also works without PySpark and similar packages.
  @Test(arguments: ["python/score_guarded.py", "python/verify_guarded.py", "spark/fit.py", "spark/score.py"])
  func helpNeedsNoPackage(script: String) throws {
    let help = try PythonReference.run("../../Examples/\(script)", arguments: ["--help"])
    #expect(String(decoding: help, as: UTF8.self).hasPrefix("usage: "))
  }

  @Test func theSharedModel() throws {
    try expectAgreement("guarded.onnx")
  }

  /// A Softmax at the end, one channel, half precision from both exporters, a fixed batch, channels last.
  @Test(arguments: [
    ("softmax.ts.onnx", "spec.json"), ("grey.ts.onnx", "grey.json"), ("float16.ts.onnx", "spec.json"),
    ("float16.dyn.onnx", "spec.json"), ("fixed_batch.ts.onnx", "spec.json"),
    ("fixed_batch.dyn.onnx", "spec.json"),
    ("nhwc.ts.onnx", "spec.json"), ("external.dyn.onnx", "cifar"),
  ])
  func otherNetworks(network: String, preprocessing: String) throws {
    let output = "guarded-\(network)"
    let fit = try workshop.fit(
      network, "--preprocess", preprocessing, "--score", "energy,featurenorm,maxlogit,msp", to: output)
    #expect(fit.status == 0, "\(fit.messages)")
    try expectAgreement(output)
  }

  /// The confidence is the sigmoid of the largest logit, even for logits that look like probabilities.
  @Test func aSigmoidHead() throws {
    let fit = try workshop.fit(
      "residual.dyn.onnx", "--head", "sigmoid", "--preprocess", "spec.json", "--score", "energy,msp",
      to: "guarded-sigmoid.onnx")
    #expect(fit.status == 0, "\(fit.messages)")
    try expectAgreement("guarded-sigmoid.onnx")
    let printed = try PythonReference.run("example_probabilities.py")
    let found = String(decoding: printed, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap {
      Double($0)
    }
    // 1/(1 + exp(−0.75)) and 1/(1 + exp(−0.5)) for logits; 0.75 if the output contains probabilities.
    let known = [1 / (1 + exp(-0.75)), 1 / (1 + exp(-0.5)), 0.75, 0.75]
    #expect(found.count == 4 && zip(found, known).allSatisfy { abs($0 - $1) < 1e-9 }, "\(found)")
  }

  /// The network takes bytes and scales them itself. They reach it unchanged, and nothing else does.
  @Test func aNetworkOfBytes() throws {
    let folder = workshop.folder
    _ = try PythonReference.run(
      "byte_model.py", arguments: [Fixtures.url("residual.ts.onnx").path, folder.path("bytes.onnx")])
    let sizes = """
      {"central_share": [0.9, 1.1], "resize": {"within": [30, 31]}, "crop": 32, "frame": [9, 99, 200], "crop_rounding": "down",
      "interpolation": "lanczos"}
      """
    try Data(sizes.utf8).write(to: folder.url.appending(path: "sizes.json"))
    for (position, flags) in [[], ["--preprocess", "sizes.json"]].enumerated() {
      let guarded = "guarded-bytes-\(position).onnx"
      let fit = try fitBytes(
        flags + ["--score", "energy,featurenorm", "--pseudo-ood", "jigsaw,blur"], to: guarded)
      #expect(fit.status == 0 && !fit.messages.contains("[0, 1]"), "\(fit.messages)")
      try expectAgreement(guarded)
      let scores = try PythonReference.run(
        "../../Examples/python/verify_guarded.py", arguments: [folder.path(guarded)])
      try scores.write(to: folder.url.appending(path: "bytes.txt"))
      #expect(
        try workshop.oddity("verify", guarded, "--scores", "bytes.txt", "--inputs", "bytes.npy").status == 0)
      #expect(
        try Data(contentsOf: folder.url.appending(path: "bytes.npy")).prefix(64).contains(
          "'|u1'".utf8))
    }
    for (flags, status, reason) in [
      (["--preprocess", "cifar"], 65, "the model's input is uint8"),
      (["--score", "odin"], 2, "odin.epsilon=0"),
    ] {
      let fit = try fitBytes(flags, to: "guarded-bytes.onnx")
      #expect(fit.status == status && fit.messages.contains(reason), "\(fit.messages)")
    }
  }

  /// The input is decoded images of any size. Python only decodes them.
  @Test(arguments: [("residual.dyn.onnx", "spec.json"), ("grey.ts.onnx", "grey.json")])
  func aFileThatTakesPixels(network: String, preprocessing: String) throws {
    let guarded = "guarded-raw-\(network)"
    let fit = try workshop.fit(
      network, "--preprocess", preprocessing, "--score", "energy", "--raw-input", to: guarded)
    #expect(fit.status == 0, "\(fit.messages)")
    // The caller must handle images of 16 bits, and the example prints only a few fields.
    try expectAgreement(
      guarded, with: "score_raw_input.py", on: images.filter { !$0.hasSuffix("sixteen-bits.png") },
      in: ["input", "p_value", "outlier"])
  }

  private func fitBytes(_ flags: [String], to output: String) throws -> CommandUnderTest.Outcome {
    try workshop.oddity(["fit", "bytes.onnx", "--id", "id", "--output", output] + flags)
  }

  /// - Parameters:
  ///   - paths: nil means all images.
  ///   - fields: the fields that the example prints; nil means all.
  private func expectAgreement(
    _ guarded: String, with example: String = "score_guarded.py", on paths: [String]? = nil,
    in fields: Set<String>? = nil
  ) throws {
    let images = try paths ?? images
    let lines = try workshop.oddity(["score", guarded] + images).jsonLines()
    let known = try PythonReference.run(
      "../../Examples/python/\(example)", arguments: [workshop.folder.path(guarded)] + images)
    let knownLines = try String(decoding: known, as: UTF8.self).jsonLines()
    #expect(lines.count == images.count && knownLines.count == images.count)
    for (line, known) in zip(lines, knownLines) {
      expectSame(
        line.filter { fields?.contains($0.key) ?? true }, known, at: "\(guarded): \(known["input"] ?? "")")
    }
  }

  /// Compares every field: numbers within 1e-5 relative to at least 1, everything else exactly.
  private func expectSame(_ ours: JSONObject, _ known: JSONObject, at place: String) {
    #expect(Set(ours.keys) == Set(known.keys), "\(place)")
    for (key, value) in known {
      if let value = value as? JSONObject, let own = ours[key] as? JSONObject {
        expectSame(own, value, at: "\(place) \(key)")
      } else if let value = value as? NSNumber, let own = ours[key] as? NSNumber {
        let difference = abs(own.doubleValue - value.doubleValue)
        #expect(difference <= 1e-5 * max(1, abs(value.doubleValue)), "\(place) \(key)")
      } else {
        #expect(ours[key] as? NSObject == value as? NSObject, "\(place) \(key)")
      }
    }
  }
}
