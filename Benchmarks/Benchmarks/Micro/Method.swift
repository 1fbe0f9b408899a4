import Benchmark
import Foundation
import Imaging
import Oddity

/// Computations on images and scores outside of the engine.
func methodBenchmarks() {
  let noise = Noise().bytes(1 << 20).map { Float($0) }
  Benchmark("jigsaw of a 224×224 image") { benchmark in
    let shape = ImageShape.channelsFirst(channels: 3, height: 224, width: 224)
    for id in benchmark.scaledIterations {
      blackHole(
        try PseudoOOD.jigsaw.apply(
          to: Array(noise.prefix(shape.count)), shape: shape, id: UInt64(id), seed: 1))
    }
  }
  Benchmark("AUROC, FPR95 and AUPR of 10,000 against 10,000 scores") { benchmark in
    let scores = noise.indices.prefix(20_000).map { Double(noise[$0]) + Double($0 % 97) / 97 }
    for _ in benchmark.scaledIterations {
      blackHole(
        try DetectionMetrics(
          inDistribution: Array(scores[..<10_000]), outOfDistribution: Array(scores[10_000...])))
    }
  }
  Benchmark("calibration on 10,000 scores") { benchmark in
    for _ in benchmark.scaledIterations {
      blackHole(try ConformalCalibration(scores: Array(noise.prefix(10_000)), alpha: Alpha(parsing: "0.05")))
    }
  }
  Benchmark("load a guarded model") { benchmark in
    let fixture = URL(filePath: #filePath).appending(path: "../../../../Tests/Fixtures/guarded.v2.onnx")
    for _ in benchmark.scaledIterations { blackHole(try GuardedModel(contentsOf: fixture.standardized)) }
  }
}
