import Foundation
import Testing
import TestSupport

/// A source that cannot be used at all ends a command with 65 before it writes anything.
@Suite struct BadSourcesTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test(arguments: [
    ("no-images", "holds no images"), ("absent", "cannot be read"), ("folder.jpg", "holds no images"),
    ("@absent.txt", "cannot be read"), ("bomb.npz", "inflates more than"),
    ("bomb.tar.gz", "inflates more than"),
    ("cut.tar.gz", "copy or download it again"), ("-", "lists no images"),
  ])
  func everyCommandRefusesIt(source: String, reason: String) throws {
    let output = "never-\(UUID().uuidString)"
    let name = source == "-" ? "'-'" : source.replacing("@", with: "")
    for arguments in [
      ["score", "guarded.onnx", source, "--output", output],
      ["fit", Fixtures.url("vgg.ts.onnx").path, "--id", source, "--output", output],
      ["evaluate", "guarded.onnx", "--id", "odd", "--ood", "x=\(source)"],
    ] {
      let outcome = try workshop.oddity(arguments)
      #expect(outcome.status == 65 && outcome.output.isEmpty)
      #expect(outcome.messages.contains(name) && outcome.messages.contains(reason), "\(outcome.messages)")
      #expect(outcome.messages.hasPrefix("oddity: ") && outcome.messages.count { $0 == "\n" } == 1)
    }
    #expect(try !workshop.folder.contents().contains { $0.contains(output) })
  }

  @Test(arguments: [
    (["--id", "outside.npz"], "outside.npz#2 has label 10, but the model has 10 classes (0 to 9)"),
    (["--id", "out-images-idx3-ubyte"], "out-images-idx3-ubyte#2 has label 99"),
    (["--id", "id", "--labels", "outside.csv"], "id/c0/000.jpg has label 10"),
    (
      ["--id", "id", "--labels", "elsewhere.csv"], "list none of the images of id: their paths are like 'c0/"
    ),
    (
      ["--id", "id", "--labels", "others.txt"],
      "id has a folder 'c1', which is not a class name of the model"
    ),
    (
      ["--id", "id", "--labels", "list.txt"], "the labels list.txt have 3 lines, but the model has 10 classes"
    ),
    (["--id", "id", "--labels", "absent.txt"], "cannot read the labels absent.txt"),
  ])
  func evaluateRefusesLabelsOutsideTheClasses(flags: [String], reason: String) throws {
    let outcome = try workshop.oddity(["evaluate", "guarded.onnx", "--ood", "odd=odd"] + flags)
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(outcome.messages.contains(reason), "\(outcome.messages)")
  }

  @Test func nothingUsableIsExplainedByTheFirstImage() throws {
    let evaluation = try workshop.oddity("evaluate", "guarded.onnx", "--id", "small.npy", "--ood", "odd=odd")
    #expect(evaluation.status == 65)
    #expect(evaluation.messages.contains("small.npy: no image could be scored; "))
    #expect(evaluation.messages.contains("[3, 16, 16]") && evaluation.messages.contains("[3, 32, 32]"))
    let fit = try workshop.fit("vgg.ts.onnx", "--calibration", "bad", "--alpha", "0.2", to: "never.onnx")
    #expect(fit.status == 65)
    #expect(fit.messages.contains("0 calibration images are too few for alpha 0.2, which needs at least 4"))
    #expect(fit.messages.contains("6 images could not be used, the first because 'bad/cut.jpg'"))
    #expect(try !workshop.folder.contents().contains("never.onnx"))
  }

  @Test func scoresThatAreNoNumbersAreNotMeasured() throws {
    let outcome = try workshop.oddity("evaluate", "guarded.onnx", "--id", "id", "--ood", "x=nan.npy")
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(outcome.messages.contains("the score of nan.npy#1 is not a number"))
  }

  @Test(arguments: [
    (["--alpha", "0.01"], "99"), (["--alpha", "0.05", "--limit", "40"], "19"),
  ])
  func tooFewCalibrationImagesNameBothWaysOut(flags: [String], needed: String) throws {
    let outcome = try workshop.oddity(
      ["fit", Fixtures.url("vgg.ts.onnx").path, "--id", "id", "--output", "never.onnx"] + flags)
    #expect(outcome.status == 65)
    #expect(outcome.messages.contains("needs at least \(needed): pass more calibration images, or"))
    #expect(outcome.messages.contains("--alpha"))
  }
}
