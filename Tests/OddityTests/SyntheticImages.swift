import Foundation
import Imaging
import Oddity
import TestSupport

/// Preprocessed images with some spatial structure, from a seed: smooth waves with noise.
struct SyntheticImages {
  let url: URL
  let source: any ImageSource

  init(count: Int, shape: [Int] = [3, 32, 32], seed: UInt64 = 7, in folder: TemporaryFolder) throws {
    url = folder.url.appending(path: "images-\(count)-\(seed).npy")
    let values = SyntheticImages.values(count: count, shape: shape, seed: seed)
    try NumPyFile.write(values, shape: [count] + shape, to: url)
    source = try ImageSources.open(url.path)
  }

  static func values(count: Int, shape: [Int] = [3, 32, 32], seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).flatMap { _ in SyntheticImages.image(shape, using: &random) }
  }

  /// An array of noise images of several sizes, followed by a black image and a white one.
  static func writeExtremes(noise count: Int, shape: [Int], in folder: TemporaryFolder) throws -> URL {
    var normals = NormalNumbers(SplitMix64(seed: 5))
    let size = shape.reduce(1, *)
    let noise = (0..<count * size).map { Float(normals.next()) * Float(1 + $0 / size % 3) }
    let values = noise + Array(repeating: 0, count: size) + Array(repeating: 1, count: size)
    let url = folder.url.appending(path: "images.npy")
    try NumPyFile.write(values, shape: [count + 2] + shape, to: url)
    return url
  }

  private static func image(_ shape: [Int], using random: inout SplitMix64) -> [Float] {
    (0..<shape[0]).flatMap { _ in
      let (fx, fy, phase) = (random.nextUnit() / 2, random.nextUnit() / 2, 6 * random.nextUnit())
      return (0..<shape[1] * shape[2]).map { pixel in
        let wave = sin(fx * Double(pixel % shape[2]) + fy * Double(pixel / shape[2]) + phase)
        return Float(wave + 0.3 * random.nextNormal())
      }
    }
  }
}
