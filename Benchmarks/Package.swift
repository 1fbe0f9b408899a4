// swift-tools-version: 6.2
import PackageDescription

/// A separate package, so that packages that embed Oddity do not download its benchmark dependencies.
let package = Package(
  name: "oddity-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "oddity", path: ".."),
    // Without its traits, it does not need jemalloc.
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
    // In a separate folder, because the plugin runs everything in Micro's folder as a benchmark.
    .executableTarget(name: "DriftSimulation", dependencies: [.product(name: "Oddity", package: "oddity")]),
  ],
  swiftLanguageModes: [.v6]
)
