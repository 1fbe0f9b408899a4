import Foundation
import Imaging
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFit
@testable import OddityStatistics

/// The images that are donors for others.
struct DonorBankTests {
  private let folder: TemporaryFolder
  private let images: SyntheticImages

  init() throws {
    folder = try TemporaryFolder()
    images = try SyntheticImages(count: 150, shape: [3, 32, 32], in: folder)
  }

  @Test func everyPartHasItsOwnOfTheSmallestKeys() async throws {
    let bank = try await bank()
    let ids = images.source.items.map(\.id).sorted { random($0).samplingKey < random($1).samplingKey }
    let parts = Parts(hasCalibrationSource: false)
    for part in [Part.fit, .select] {
      let expected = ids.filter { parts.part(of: random($0)) == part }.prefix(64)
      #expect(bank[part].map(\.id) == Array(expected))
    }
    #expect(bank[.fit].count == 64 && bank[.select].count < 64)
    #expect(bank[.calibrate].isEmpty)
  }

  /// A sample contains the images with the smallest keys, and so do the donors. If enough of them are in the
  /// sample, the donors are the same.
  @Test func neitherLimitNorBatchChangeThem() async throws {
    let whole = try await bank()
    let sample = try await bank(limit: 130, batchSize: 7)
    #expect(sample[.fit].map(\.id) == whole[.fit].map(\.id))
    #expect(sample[.fit].map(\.values) == whole[.fit].map(\.values))
    #expect(sample[.select].count < whole[.select].count)
  }

  @Test func thePaperSplitKeepsThePartsApart() async throws {
    let bank = try await bank(normRatioImages: .all)
    let all = Part.allCases.flatMap { bank[$0].map(\.id) }
    #expect(Set(all).count == all.count && !bank[.calibrate].isEmpty)
  }

  @Test func calibrationImagesLendNothing() async throws {
    let held = try SyntheticImages(count: 30, seed: 8, in: folder)
    let bank = try await bank(calibration: [held.source])
    #expect(bank[.calibrate].isEmpty)
    #expect(bank[.fit].count == 64)
  }

  @Test func anImageThatCannotBeReadIsLeftOut() async throws {
    let values = [Float](repeating: .nan, count: 3 * 32 * 32) + [Float](repeating: 1, count: 3 * 32 * 32)
    let url = folder.url.appending(path: "nan.npy")
    try NumPyFile.write(values, shape: [2, 3, 32, 32], to: url)
    let source = try ImageSources.open(url.path)
    let bank = try await bank(source, normRatioImages: .all)
    #expect(Part.allCases.flatMap { bank[$0].map(\.id) } == [source.items[1].id])
  }

  private func bank(
    _ source: (any ImageSource)? = nil, calibration: [any ImageSource] = [], limit: Int? = nil,
    batchSize: Int = 32, normRatioImages: NormRatioImages = .fitPart
  ) async throws -> DonorBank {
    var options = FitOptions.paper
    options.run = RunOptions(batchSize: batchSize)
    let setup = try FitSetup(
      Model(contentsOf: Fixtures.url("vgg.ts.onnx")), engine: Engine(), options: options)
    let data = InDistributionData(
      inDistribution: [source ?? images.source], calibration: calibration, limit: limit, seed: 3,
      normRatioImages: normRatioImages)
    return try await DonorBank(data, pipeline: setup.pipeline(setup.compile()))
  }

  private func random(_ id: UInt64) -> ImageRandomness { ImageRandomness(seed: 3, id: id) }
}
