// swift-tools-version: 6.2
import PackageDescription

// The same sources as the product's, compiled for libFuzzer and AddressSanitizer. `Fuzzing/run` sets the
// flags, which also apply to all dependencies. This is a separate package, because a fuzzer is not a product
// and needs a separate build.

/// A target of the product, from its own folder. The link `Oddity` points to it.
func oddity(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Oddity/\(name)")
}

func system(_ name: String, _ pkgConfig: String) -> Target {
  .systemLibrary(name: name, path: "Oddity/\(name)", pkgConfig: pkgConfig)
}

let package = Package(
  name: "fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    oddity("ONNXProto", [.product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    oddity("ONNXGraph", ["ONNXProto"]),
    oddity("CLoader"),
    oddity("Inference", ["CLoader"]),
    system("OpenVINOHeaders", "openvino"),
    oddity("COpenVINO", ["OpenVINOHeaders"]),
    oddity("OpenVINORuntime", ["COpenVINO", "Inference"]),
    oddity("CONNXRuntime"),
    oddity("ONNXRuntime", ["CONNXRuntime", "Inference"]),
    oddity("Engines", ["Inference", "OpenVINORuntime", "ONNXRuntime"]),
    oddity("OdditySettings"),
    system("CTurboJPEG", "libturbojpeg"),
    system("CSPNG", "spng"),
    system("CArchive", "libarchive"),
    system("CZlib", "zlib"),
    oddity("CVips"),
    oddity("Imaging", ["OdditySettings", "CTurboJPEG", "CSPNG", "CArchive", "CZlib", "CVips"]),
    system("CNettle", "nettle"),
    oddity("CLAPACK"),
    oddity("OddityFiles", ["OdditySettings", "Imaging", "CNettle"]),
    oddity("OddityStatistics", ["OddityFiles", "Imaging", "CLAPACK"]),
    oddity("OddityClassifier", ["OddityStatistics", "ONNXGraph", "Engines"]),
    oddity("OddityScores", ["OddityClassifier", "CLAPACK"]),
    oddity("OddityModel", ["OddityScores"]),
    oddity("OddityFit", ["OddityModel"]),
    oddity("OddityBenchmark", ["OddityFit", .product(name: "Yams", package: "Yams")]),
    oddity("Oddity", ["OddityBenchmark"]),
    oddity("OddityReport", ["Oddity", "Imaging"]),
    oddity("CCurl"),
    oddity(
      "OddityServer",
      [
        "Oddity", "OddityReport", "Imaging", "CCurl",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    oddity(
      "OddityCommand",
      [
        "Oddity", "OddityReport", "OddityServer", "ONNXGraph", "Engines", "Imaging",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ]),

    // One program for each floor, so that the lowest one, which `make fuzz-smoke` uses, is built in minutes.
    .target(name: "Harness", path: "Targets/Harness"),
    .executableTarget(
      name: "FuzzFiles", dependencies: ["Harness", "Imaging", "ONNXGraph"], path: "Targets/FuzzFiles"),
    .executableTarget(
      name: "FuzzModels",
      dependencies: ["Harness", "OddityBenchmark", "OddityFit", "ONNXGraph"], path: "Targets/FuzzModels"),
    .executableTarget(
      name: "FuzzServer",
      dependencies: [
        "Harness", "OddityCommand", "OddityServer", .product(name: "NIOEmbedded", package: "swift-nio"),
      ], path: "Targets/FuzzServer"),
  ],
  swiftLanguageModes: [.v6]
)
