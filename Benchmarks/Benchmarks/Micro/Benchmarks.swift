import Benchmark

/// Parts of Oddity by themselves; `swift package benchmark` in this folder runs them. Whole commands are measured against
/// their peers by `make bench`.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(metrics: [.wallClock, .throughput], maxDuration: .seconds(2))
  imagingBenchmarks()
  methodBenchmarks()
}
