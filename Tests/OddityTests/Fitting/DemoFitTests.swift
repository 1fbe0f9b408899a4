import Foundation
import Imaging
import Engines
import Testing
import TestSupport

@testable import OddityFit
@testable import OddityModel

/// The demo's two networks: FeatureNorm works well for one, and badly for the other.
struct DemoFitTests {
  @Test func theVGGSelectsALateBlockAboveOne() async throws {
    let report = try await fit("vgg11.onnx")
    let selected = try #require(report.blocks.first { $0.tensor == report.selected.tensor })
    #expect(report.blocks.count == 8)
    #expect(try #require(selected.index) >= 5)
    #expect(try #require(selected.normRatio) > 1.4)
    #expect(try #require(selected.aurocPseudo) > 0.8)
    #expect(report.warning?.contains("not expected to help") != true)
  }

  @Test func theResNetIsWarnedOf() async throws {
    let report = try await fit("resnet18.onnx")
    #expect(report.blocks.count == 8)
    #expect(report.warning?.contains("FeatureNorm is not expected to help on this network") == true)
  }

  private func fit(_ network: String) async throws -> FitReport {
    let root = PythonReference.packageRoot
    var options = FitOptions.paper
    options.limit = 1_000
    options.preprocessing = try Preprocessing.load(root.appending(path: "Demo/networks/preprocess.json").path)
    let images = root.appending(path: ".demo/train/train-images-idx3-ubyte.gz").path
    return try await Fit(
      model: root.appending(path: "Demo/networks/\(network)").path, inDistribution: [images], options: options
    ).report
  }
}
