import Foundation
import Testing
import TestSupport

/// `--raw-input`: files that take pixels, compared with the plain ones.
@Suite struct RawInputCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  /// The same fit, as a plain file and as a file that takes pixels.
  private func fit(
    _ network: String, _ preprocessing: String, _ flags: String...
  ) throws -> (plain: String, raw: String) {
    let name = (flags + [network]).joined()
    let (plain, raw) = ("plain\(name)", "raw\(name)")
    let arguments =
      [
        "fit", Fixtures.url(network).path, "--id", "id", "--calibration", "cal", "--preprocess",
        preprocessing,
        "--score", "energy,knn+norm", "--json",
      ] + flags
    let fits = try [arguments + ["-o", plain], arguments + ["--raw-input", "-o", raw]].map {
      try workshop.oddity($0)
    }
    for fit in fits { #expect(fit.status == 0, "\(fit.messages)") }
    var facts = try fits.map { try $0.json() }
    for index in facts.indices { facts[index]["output"] = nil }
    #expect(NSDictionary(dictionary: facts[0]) == NSDictionary(dictionary: facts[1]))
    return (plain, raw)
  }

  /// Every command gives the same results for both files. ONNX Runtime gives the same bits for pixels as for
  /// preprocessed tensors.
  @Test(arguments: [
    ("residual.dyn.onnx", "spec.json"), ("grey.ts.onnx", "grey.json"), ("nhwc.ts.onnx", "spec.json"),
    ("fixed_batch.ts.onnx", "spec.json"), ("float16.ts.onnx", "spec.json"), ("external.dyn.onnx", "cifar"),
    ("opset7.ts.onnx", "spec.json"),
  ])
  func aFileThatTakesPixelsAnswersAsThePlainOne(network: String, preprocessing: String) throws {
    let (plain, raw) = try fit(network, preprocessing)
    for arguments in [
      ["score", "new", "odd"], ["evaluate", "--id", "new", "--ood", "odd=odd", "--json"],
      ["verify", "--json"],
    ] {
      let answers = try [plain, raw].map { try workshop.oddity([arguments[0], $0] + arguments.dropFirst()) }
      #expect(answers[0].status == answers[1].status)
      #expect(answers[0].output.replacing(plain, with: raw) == answers[1].output, "\(arguments)")
    }
    var facts = try [plain, raw].map { try workshop.oddity("inspect", $0, "--json").json() }
    #expect(facts[1]["raw_input"] as? String == "image" && facts[1]["format"] as? Int == 5)
    #expect(facts[0]["raw_input"] is NSNull && facts[0]["format"] as? Int == 4)
    facts[1]["raw_input"] = NSNull()
    facts[1]["format"] = 4
    #expect(NSDictionary(dictionary: facts[0]) == NSDictionary(dictionary: facts[1]))
    let compared = try PythonReference.run(
      "raw_input_reference.py",
      arguments: [
        "guarded", workshop.folder.path(plain), workshop.folder.path(raw), workshop.folder.path("new"),
      ])
    #expect(String(decoding: compared, as: UTF8.self).hasPrefix("the same of "))
  }

  /// A recalibration keeps the kind of the file. `--raw-input` converts it to one that takes pixels, without
  /// images.
  @Test func recalibrationKeepsPixelsOrBringsThem() throws {
    let (plain, raw) = try fit("residual.dyn.onnx", "spec.json", "--seed", "3")
    let stricter = try workshop.oddity("fit", "--from", raw, "--alpha", "0.2", "-o", "raw-stricter.onnx")
    #expect(stricter.status == 0, "\(stricter.messages)")
    let made = try workshop.oddity(
      "fit", "--from", plain, "--alpha", "0.2", "--raw-input", "-o", "made-raw.onnx")
    #expect(made.status == 0, "\(made.messages)")
    let unchanged = try workshop.oddity("fit", "--from", plain, "--raw-input", "-o", "only-raw.onnx")
    #expect(unchanged.status == 0, "\(unchanged.messages)")
    for file in ["raw-stricter.onnx", "made-raw.onnx", "only-raw.onnx"] {
      #expect(try workshop.oddity("inspect", file, "--json").json().text("raw_input") == "image")
      #expect(try workshop.oddity("verify", file).status == 0)
    }
    func lines(_ file: String) throws -> String { try workshop.oddity("score", file, "new").output }
    #expect(try lines("raw-stricter.onnx") == lines("made-raw.onnx"))
    #expect(try lines("only-raw.onnx") == lines(plain))
  }

  @Test func mergedPartsMayTakePixels() throws {
    let network = Fixtures.url("residual.dyn.onnx").path
    let terms = ["--id", "id", "--calibration", "cal", "--preprocess", "spec.json"]
    let part = try workshop.oddity(["fit", network, "--partial", "raw.state"] + terms)
    #expect(part.status == 0, "\(part.messages)")
    let merge = try workshop.oddity(
      "merge", "--model", network, "raw.state", "--raw-input", "-o", "merged-raw.onnx")
    #expect(merge.status == 0, "\(merge.messages)")
    let whole = try workshop.oddity(["fit", network, "--raw-input", "-o", "whole-raw.onnx"] + terms)
    #expect(whole.status == 0, "\(whole.messages)")
    #expect(try workshop.oddity("inspect", "merged-raw.onnx").output.contains("raw input"))
    let scored = try ["merged-raw.onnx", "whole-raw.onnx"].map {
      try workshop.oddity("score", $0, "new").output
    }
    #expect(scored[0] == scored[1])
  }

  /// Two images are verified from pixels to scores, in another engine, and in a copy whose preprocessing
  /// differs.
  @Test func aCopyIsVerifiedFromPixelsOn() throws {
    let (_, raw) = try fit("vgg.ts.onnx", "spec.json")
    #expect(try workshop.oddity("verify", raw).output.contains("0 of 18"))
    let scores = try PythonReference.run(
      "../../Examples/python/verify_guarded.py", arguments: [workshop.folder.path(raw)])
    #expect(String(decoding: scores, as: UTF8.self).split(separator: "\n").count == 2)
    try scores.write(to: workshop.folder.url.appending(path: "raw-scores.txt"))
    let other = try workshop.oddity(
      "verify", raw, "--scores", "raw-scores.txt", "--inputs", "raw-inputs.npy", "--tolerance", "1e-3")
    #expect(other.status == 0, "\(other.output)\(other.messages)")
    let answers = try PythonReference.run(
      "raw_input_reference.py",
      arguments: [
        "copy", workshop.folder.path(raw), workshop.folder.path("raw-off.onnx"),
        workshop.folder.path("raw-inputs.npy"),
      ])
    #expect(String(decoding: answers, as: UTF8.self) == "uint8 [2, 41, 49, 3]\n")
    let off = try workshop.oddity("verify", "raw-off.onnx", "--json")
    #expect(off.status == 1)
    #expect(try off.json().objects("scores")[0].numbers("failed_inputs") == [16, 17])
  }

  /// If Oddity's engine cannot run a file's nodes, the file is verified with its sixteen inputs there.
  @Test(arguments: ["box", "nearest"])
  func whatTheEngineMayNotRunIsVerifiedWithoutImages(_ interpolation: String) throws {
    let file = "\(interpolation).json"
    try Data(#"{"resize": [32, 32], "interpolation": "\#(interpolation)"}"#.utf8).write(
      to: workshop.folder.url.appending(path: file))
    let fit = try workshop.fit(
      "residual.dyn.onnx", "--preprocess", file, "--raw-input", to: "raw-\(interpolation).onnx")
    #expect(fit.status == 0, "\(fit.messages)")
    let verified = try workshop.oddity("verify", "raw-\(interpolation).onnx")
    #expect(
      verified.status == 0 && verified.output.contains("0 of 16"), "\(verified.output)\(verified.messages)")
  }

  /// Each message is one line.
  @Test func whatPixelsCannotDoIsRefused() throws {
    let network = Fixtures.url("residual.dyn.onnx").path
    try workshop.writeFloats(to: "raw-floats.npy")
    let larger = #"{"central_share": [1.2, 1.2]}"#
    try Data(larger.utf8).write(to: workshop.folder.url.appending(path: "larger.json"))
    let refusals: [([String], Int32, String)] = [
      (["--id", "raw-floats.npy", "--preprocess", "spec.json"], 65, "--raw-input needs a fit on images"),
      (
        ["--id", "id", "--preprocess", "larger.json"], 65,
        "--raw-input cannot cut out a part larger than the image"
      ),
    ]
    for (flags, status, message) in refusals {
      let outcome = try workshop.oddity(["fit", network, "--raw-input", "-o", "none.onnx"] + flags)
      #expect(outcome.status == status && outcome.messages.contains(message), "\(outcome.messages)")
    }
    let partial = try workshop.oddity("fit", network, "--id", "id", "--partial", "none.state", "--raw-input")
    #expect(partial.status == 2 && partial.messages.contains("--raw-input does not work with --partial"))
    let lost = try PythonReference.run(
      "raw_input_reference.py", arguments: ["image", network, workshop.folder.path("called-image.onnx")])
    #expect(lost.isEmpty)
    let taken = try workshop.oddity(
      "fit", "called-image.onnx", "--id", "id", "--raw-input", "-o", "none.onnx")
    #expect(taken.status == 65 && taken.messages.contains("has a tensor called 'image'"), "\(taken.messages)")
  }
}

extension Workshop {
  /// Sixty images as float32 [60, 3, 32, 32].
  fileprivate func writeFloats(to name: String) throws {
    var random = SystemRandomNumberGenerator()
    let values = (0..<60 * 3 * 32 * 32).map { _ in Float.random(in: -1...1, using: &random) }
    try NumPyFile.write(values, shape: [60, 3, 32, 32], to: folder.url.appending(path: name))
  }
}
