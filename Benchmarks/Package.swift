// swift-tools-version: 6.2
import PackageDescription

/// A package of its own, so that who embeds Oddity does not fetch what only measures it.
let package = Package(
  name: "oddity-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "oddity", path: ".."),
    // Without its traits it needs no jemalloc.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "Micro",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "Oddity", package: "oddity"),
      ],
      path: "Benchmarks/Micro",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    // Not beside Micro: the plugin runs whatever is in that folder as a benchmark.
    .executableTarget(name: "DriftSimulation", dependencies: [.product(name: "Oddity", package: "oddity")]),
  ],
  swiftLanguageModes: [.v6]
)
