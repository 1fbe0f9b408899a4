import Engines
import Foundation
import Imaging
import Testing
import TestSupport

@testable import OddityModel
@testable import OddityFit

/// Finds the differing step of pipelines that are implemented with Pillow and NumPy.
@Suite struct TensorCheckTests {
  private struct Bench: Sendable {
    let folder: TemporaryFolder
    let guarded: GuardedModel

    static let shared = Task { try await Bench() }

    private init() async throws {
      folder = try TemporaryFolder()
      _ = try PythonReference.run("tensor_reference.py", arguments: [folder.url.path])
      var options = FitOptions()
      options.scores = [.energy]
      options.preprocessing = Preprocessing(
        resize: .shorterSide(40), crop: ImageSize(height: 32, width: 32), interpolation: .bilinear,
        mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
      let images = try SyntheticImages(count: 200, in: folder)
      guarded = try await Fit(
        model: Fixtures.url("residual.dyn.onnx"), inDistribution: [images.source], options: options,
        engine: Engine()
      ).guarded
    }

    func check(_ name: String) throws -> TensorCheck {
      try guarded.check(
        tensors: ImageSources.open(folder.path("\(name).npy")), of: ImageSources.open(folder.path("photos")))
    }
  }

  @Test func rightTensorsAreTheSame() async throws {
    let check = try await Bench.shared.value.check("right")
    #expect(check.verdict == .same && check.steps.isEmpty && check.images == 6)
    #expect(check.largestDifference < 0.01 && check.unexplained < 1e-6)
  }

  @Test(arguments: [
    ("unnormalised", ["mean and std were not applied"]),
    ("bytes", ["scaling, mean and std were not applied"]),
    ("unscaled", ["not scaled before mean and std"]),
    ("twice", ["divided by 255 twice"]),
    ("half", ["−1 to 1"]),
    ("odd", ["[0.3000, 0.3000, 0.3000] and [0.6000, 0.6000, 0.6000]"]),
    ("bgr", ["red and blue"]),
    ("hwc", ["transpose"]),
    ("reshaped", ["instead of reshaping"]),
    ("moved", ["1 pixel down and 2 pixels left"]),
    ("nearest", ["resized with nearest"]),
    ("bicubic", ["resized with bicubic"]),
    ("aliased", ["without antialiasing"]),
    ("squashed", ["squashed"]),
    ("closer", ["five quarters"]),
    ("unoriented", ["EXIF"]),
    ("turned", ["turned anticlockwise by 90°"]),
    ("bgr-bytes-moved", ["1 pixel down", "red and blue", "scaling, mean and std were not applied"]),
  ])
  func stepsAreNamed(_ name: String, _ steps: [String]) async throws {
    let check = try await Bench.shared.value.check(name)
    #expect(check.verdict == .explained, "\(check)")
    #expect(check.steps.count == steps.count, "\(check.steps)")
    for (step, text) in zip(check.steps, steps) { #expect(step.text.contains(text), "\(step.text)") }
  }

  @Test func noiseIsNotExplained() async throws {
    let check = try await Bench.shared.value.check("noise")
    #expect(check.verdict == .different && check.unexplained > 0.9)
  }

  @Test func whatCannotBeComparedIsRefused() async throws {
    let bench = try await Bench.shared.value
    let photos = try ImageSources.open(bench.folder.path("photos"))
    let few = try SyntheticImages(count: 5, seed: 2, in: bench.folder)
    let other = try SyntheticImages(count: 6, shape: [3, 16, 16], seed: 3, in: bench.folder)
    for tensors in [few.source, other.source, photos] {
      #expect {
        _ = try bench.guarded.check(tensors: tensors, of: photos)
      } throws: {
        ($0 as? OddityError)?.code == .badData
      }
    }
  }
}
