import Benchmark

/// Benchmarks of parts of Oddity. `swift package benchmark` in this folder runs them. `make bench` compares
/// whole commands with their peers.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(metrics: [.wallClock, .throughput], maxDuration: .seconds(2))
  imagingBenchmarks()
  methodBenchmarks()
}
