import Foundation
import Testing
import TestSupport

/// Usage errors are reported before the first image is read, in one line with advice.
@Suite struct EarlyRefusalTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  private static let model = Fixtures.url("residual.dyn.onnx").path

  private static func fit(_ flags: String...) -> [String] { ["fit", model, "-o", "never.onnx"] + flags }

  @Test(arguments: [
    // Numbers below zero are values, not options.
    (fit("--id", "id", "--threads", "-1"), Int32(2), "--threads -1: at least 1 is needed"),
    (fit("--id", "id", "--batch", "-1"), 2, "--batch -1: at least 1 is needed"),
    (fit("--id", "id", "--limit", "-5"), 2, "--limit -5: at least 1 image is needed"),
    (fit("--id", "id", "--seed", "-1"), 2, "'-1' is invalid for '--seed"),
    (fit("--id", "id", "--alpha", "-0.1"), 2, "alpha \"-0.1\" is not"),
    (["verify", "guarded.onnx", "--tolerance", "-1"], 2, "--tolerance -1.0: pass a number above 0"),
    (["serve", "guarded.onnx", "--port", "-1"], 2, "--port is not a whole number"),
    // Sources.
    (fit("--id", model), 65, "is a model, not images"),
    (["score", "guarded.onnx", model], 65, "is a model, not images"),
    (fit("--id", "names.txt"), 65, "write @names.txt"),
    (["evaluate", "guarded.onnx", "--id", "cal", "--ood", "o=names.txt"], 65, "write @names.txt"),
    (fit("--id", "id", "id/c1"), 2, "--id names both id and id/c1"),
    (fit("--id", "id", "./id"), 2, "--id names ./id twice"),
    (
      ["evaluate", "guarded.onnx", "--id", "cal", "--id", "id", "--ood", "o=odd"], 2, "--id is given 2 times"
    ),
    (["evaluate", "guarded.onnx", "./guarded.onnx", "--id", "cal", "--ood", "o=odd"], 2, "named twice"),
    // Scores and their parameters.
    (fit("--id", "id", "--score", "enrgy"), 2, "did you mean energy?"),
    (fit("--id", "id", "--score", "energy,"), 2, "a score has an empty name"),
    (
      fit("--id", "id", "--score", "featurenorm", "--set", "energy.T=2"), 2,
      "--set energy.…: energy is not among the scores to fit; name it with --score"
    ),
    (fit("--id", "id", "--score", "knn", "--set", "knn.K=5", "--set", "knn.K=6"), 2, "is set to 5 already"),
    (fit("--id", "id", "--score", "tempscale"), 65, "pass such images in class folders with --calibration"),
    // Label and preprocessing files.
    (fit("--id", "id", "--labels", "truth.csv"), 65, "truth.csv is a .csv that lists images"),
    (fit("--id", "id", "--labels", model), 65, "residual.dyn.onnx is not a text file"),
    (fit("--id", "id", "--preprocess", "imagnet"), 65, "did you mean imagenet?"),
    (fit("--id", "id", "--preprocess", "bad/empty.jpg"), 65, "is an empty file"),
    // The rate and the number of images that it needs.
    (fit("--id", "id", "--alpha", "0.001"), 65, "which needs at least 999"),
    (fit("--id", "id/c1/001.jpg", "--calibration", "cal", "--block", "1"), 65, "NormRatio is measured on"),
    // Several models.
    (["serve", "guarded.onnx", "./guarded.onnx"], 2, "two models have the name 'guarded'"),
    (["serve", "guarded.onnx", "absent.onnx"], 65, "cannot read the model absent.onnx"),
    (["serve", "guarded.onnx", "--config", "absent.yaml"], 2, "--config absent.yaml cannot be read"),
    (["merge", "--model", "absent.onnx", "absent.state", "-o", "never.onnx"], 65, "the model absent.onnx"),
    (["verify", "guarded.onnx", "--scores", "absent.txt", "--inputs", "never.npy"], 65, "absent.txt"),
  ])
  func mistakesAreSaidFirst(_ arguments: [String], _ status: Int32, _ reason: String) throws {
    let outcome = try workshop.oddity(arguments)
    #expect(outcome.status == status && outcome.output.isEmpty, "\(arguments): \(outcome.messages)")
    #expect(outcome.messages.contains(reason), "\(arguments): \(outcome.messages)")
    let written = try workshop.folder.contents().filter { $0.hasPrefix("never") }
    #expect(written.isEmpty)
  }

  /// The last list counts, as for all flags. Lists that contradict each other are reported.
  @Test func aListThatIsGivenTwiceIsSaid() throws {
    let outcome = try workshop.oddity(
      ["fit", Self.model, "--id", "id", "--score", "msp", "--score", "energy", "--json", "-o", "twice.onnx"])
    #expect(outcome.messages.contains("--score is given more than once, but only the last one counts"))
    #expect(try outcome.json().objects("scores").map { try $0.text("name") } == ["energy"])
  }
}
