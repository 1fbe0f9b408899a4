import Foundation
import Testing
import TestSupport

/// An invalid model ends a command with 65 and a message with its name. An older output stays unchanged.
@Suite struct BadModelsTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  /// Fits a model over an old file, which must survive, and returns the outcome.
  private func refusal(_ model: String, _ flags: String...) throws -> CommandUnderTest.Outcome {
    let folder = try TemporaryFolder()
    let old = folder.url.appending(path: "old.onnx")
    try Data("old".utf8).write(to: old)
    let outcome = try workshop.oddity(["fit", model, "--id", "id", "--output", old.path] + flags)
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages.contains(URL(filePath: model).lastPathComponent), "\(outcome.messages)")
    #expect(try Data(contentsOf: old) == Data("old".utf8))
    #expect(try folder.contents() == ["old.onnx"])
    return outcome
  }

  /// Writes the beginning of a file of the workshop or of the fixtures.
  private func cut(_ source: URL, to name: String) throws {
    let bytes = try Data(contentsOf: source)
    try bytes.prefix(bytes.count / 2).write(to: workshop.folder.url.appending(path: name))
  }

  @Test(arguments: [
    ("bad/text.jpg", "is a text file, not an ONNX model"), ("bad/empty.jpg", "is empty"),
    ("odd/00.jpg", "is an image, not a model: name the model first"), ("many.npy", "is a NumPy array"),
    ("id", "is a folder, not a model file"),
  ])
  func whatIsNotONNXIsRefused(file: String, what: String) throws {
    for outcome in [
      try refusal(file), try workshop.oddity("score", file, "odd"), try workshop.oddity("inspect", file),
      try workshop.oddity("blocks", file),
      try workshop.oddity("evaluate", file, "--id", "id", "--ood", "o=odd"),
    ] {
      #expect(outcome.status == 65)
      #expect(outcome.messages.contains("\(file) \(what)"), "\(outcome.messages)")
      #expect(outcome.messages.split(separator: "\n").count == 1)
    }
  }

  @Test func truncatedModelsAreRefused() throws {
    try cut(Fixtures.url("vgg.ts.onnx"), to: "cut.onnx")
    let fit = try refusal("cut.onnx")
    #expect(fit.status == 65 && fit.messages.contains("only part of one: copy or export it again"))
    try cut(workshop.folder.url.appending(path: "guarded.onnx"), to: "cut-guarded.onnx")
    let score = try workshop.oddity("score", "cut-guarded.onnx", "odd")
    #expect(score.status == 65 && score.messages.contains("cut-guarded.onnx is not an ONNX model"))
  }

  @Test func absentModelsAreRefusedInOneLine() throws {
    for arguments in [
      ["score", "absent.onnx", "odd"], ["inspect", "absent.onnx"], ["blocks", "absent.onnx"],
      ["fit", "absent.onnx", "--id", "id", "-o", "never.onnx"],
      ["fit", "--from", "absent.onnx", "--alpha", "0.1", "-o", "never.onnx"],
    ] {
      let outcome = try workshop.oddity(arguments)
      #expect(outcome.status == 65)
      #expect(outcome.messages == "oddity: cannot read the model absent.onnx: no such file or directory\n")
    }
  }

  @Test func theEnginesMessageOnAnUnknownOperatorIsPassedOn() throws {
    let path = Fixtures.url("unsupported.ts.onnx").path
    for outcome in [try refusal(path), try workshop.oddity("blocks", path)] {
      #expect(outcome.status == 65)
      #expect(outcome.messages.contains("unsupported.ts.onnx: ") && outcome.messages.contains("Squircle"))
      #expect(outcome.messages.split(separator: "\n").last.map { $0.count < 500 } == true)
    }
  }

  @Test func guardedAndPlainModelsAreToldApart() throws {
    let fit = try refusal("guarded.onnx")
    #expect(
      fit.status == 65 && fit.messages.contains("guarded.onnx is guarded already: fit the plain classifier"))
    let plain = Fixtures.url("residual.dyn.onnx").path
    for arguments in [
      ["score", plain, "odd"], ["inspect", plain], ["evaluate", plain, "--id", "id", "--ood", "o=odd"],
    ] {
      let outcome = try workshop.oddity(arguments)
      #expect(outcome.status == 65 && outcome.output.isEmpty)
      #expect(outcome.messages.contains("residual.dyn.onnx is a plain classifier"))
      #expect(outcome.messages.contains("oddity fit"))
    }
  }

  /// Metadata from other programs may contain anything.
  @Test(arguments: [
    "format=6", "fit_class_counts=[1]", "fit_class_counts=[-1,1,1,1,1,1,1,1,1,1]", "score=\"energy\"",
    "scores=[]", "classes=11", "classes=-1", "labels=[\"one\"]",
    "calibration_size=0", "false_alarm_interval=[]", "preprocessing.mean=[0]", "preprocessing.std=[]",
    "preprocessing.size=[0,0]", "preprocessing.size=[64,64]", "preprocessing.crop=[-1,-1]",
    "preprocessing.resize=0", "preprocessing.resize=9223372036854775807", "preprocessing.channels=\"L\"",
    "preprocessing.layout=\"NHWC\"", "logits=\"nowhere\"", "input=\"nowhere\"", "block=7",
  ])
  func metadataThatDoesNotFitIsRefused(edit: String) throws {
    let name = "edited-\(UUID().uuidString).onnx"
    _ = try PythonReference.run(
      "edit_metadata.py",
      arguments: [workshop.folder.path("guarded.onnx"), workshop.folder.path(name), edit])
    let outcome = try workshop.oddity("score", name, "odd/00.jpg")
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(outcome.messages.contains(name), "\(outcome.messages)")
  }

  @Test(arguments: [
    ("two_inputs.ts.onnx", [], "several image inputs ('image0', 'image1'): pass --input NAME"),
    (
      "two_inputs.dyn.onnx", ["--input", "image0"],
      "depend not only on the image 'image0', but also on 'image1'"
    ),
    ("no_blocks.ts.onnx", [], "no spatial block between 'image' and 'logits'"),
    ("no_blocks.dyn.onnx", [], "--block TENSOR"),
  ])
  func whatCannotBeGuardedSaysWhatToPass(network: String, flags: [String], reason: String) throws {
    for command in [["fit", "--id", "id", "--output", "never.onnx"], ["blocks"]] {
      let path = Fixtures.url(network).path
      let outcome = try workshop.oddity([command[0], path] + command.dropFirst() + flags)
      #expect(outcome.status == 65 && outcome.output.isEmpty)
      #expect(outcome.messages.contains(reason) && outcome.messages.contains(network), "\(outcome.messages)")
    }
    #expect(try !workshop.folder.contents().contains("never.onnx"))
  }

  @Test(arguments: [
    (["--input", "nope"], Int32(2), "the inputs of"), (["--logits", "nope"], 65, "--logits 'nope'"),
    (["--block", "nope"], 2, "'oddity blocks' lists"), (["--block", "99"], 2, "there are blocks 0 to 5"),
    (["--block", "logits"], 2, "is no feature map"), (["--labels", "list.txt"], 65, "3 names"),
    (["--preprocess", "bad/text.jpg"], 65, "is not a JSON object"),
    (["--preprocess", "nope"], 65, "imagenet"),
    (["--preprocess", "grey.json"], 65, "28×28 pixels, but the model takes 32×32"),
    (["--cache-dir", "names.txt"], 2, "is a file"),
    (["--pseudo-ood", "jigsaw:33"], 2, "jigsaw:GRID"),
  ])
  func namesThatTheModelDoesNotHave(flags: [String], status: Int32, reason: String) throws {
    let outcome = try workshop.oddity(
      ["fit", Fixtures.url("vgg.ts.onnx").path, "--id", "id", "--output", "never.onnx"] + flags)
    #expect(outcome.status == status && outcome.output.isEmpty)
    #expect(outcome.messages.contains(reason), "\(outcome.messages)")
    #expect(try !workshop.folder.contents().contains("never.onnx"))
  }
}
