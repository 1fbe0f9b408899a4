import Benchmark
import Foundation
import Imaging

/// The steps from files to input tensors.
func imagingBenchmarks() {
  let noise = Noise()
  for (name, preprocessing, width, height) in [
    ("32×32 as it is", Preprocessing.cifar, 32, 32),
    ("500×375 to 224×224, bilinear", .imagenet, 500, 375),
  ] {
    let image = PixelImage(width: width, height: height, channels: 3, pixels: noise.bytes(width * height * 3))
    Benchmark("preprocess \(name)") { benchmark in
      let side = width == 32 ? 32 : 224
      let resolved = try preprocessing.resolved(inputShape: [nil, 3, side, side])
      var tensor = [Float](repeating: 0, count: resolved.sampleCount)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        try tensor.withUnsafeMutableBufferPointer { buffer throws(ImagingError) in
          try resolved.apply(image, into: buffer)
        }
      }
      blackHole(tensor)
    }
  }
  archiveBenchmark()
}

/// Benchmarks the images of `ODDITY_DATA` (by default those beside the repository), if they exist.
private func archiveBenchmark() {
  let data = ProcessInfo.processInfo.environment["ODDITY_DATA"] ?? "../../shared/data"
  let archive = data + "/cifar10/textures.tar.gz"
  guard FileManager.default.fileExists(atPath: archive) else { return }
  Benchmark("list, read and decode a tar of 1,200 JPEG files") { benchmark in
    for _ in benchmark.scaledIterations {
      let source = try ImageSources.open(archive)
      let reader = try source.reader(selecting: nil)
      while let (_, payload) = try reader.next() { blackHole(try payload.get().decode()) }
    }
  }
}

/// Unstructured bytes that are always the same.
struct Noise {
  func bytes(_ count: Int) -> [UInt8] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }
}
