// swift-tools-version: 6.2
import PackageDescription

/// In this repository, every warning is an error. Packages that embed Oddity ignore this setting.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Tests compute little themselves. If the tested code is optimised, the tests are not, because that would
/// double their compile time.
let tested: [SwiftSetting] = strict + [.unsafeFlags(["-Onone"])]

/// Products that only the server or only the command needs. Their packages are not resolved without the
/// trait.
func server(_ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: ["Server"]))
}
func command(_ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: ["Command"]))
}

let package = Package(
  name: "oddity",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Oddity", targets: ["Oddity"]),
    .library(name: "OddityReport", targets: ["OddityReport"]),
    .library(name: "OddityServer", targets: ["OddityServer"]),
    .executable(name: "oddity", targets: ["OddityMain"]),
  ],
  // A program that embeds only the library sets `traits: []`, and resolves two packages instead of thirty.
  traits: [
    .default(enabledTraits: ["Command"]),
    .trait(name: "Command", description: "The command `oddity`.", enabledTraits: ["Server"]),
    .trait(name: "Server", description: "OddityServer: guarded models behind HTTP."),
  ],
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
    // The classifier's graph, as a value.
    .target(
      name: "ONNXProto",
      dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    .target(name: "ONNXGraph", dependencies: ["ONNXProto"], swiftSettings: strict),

    // The engines behind one protocol. Their libraries are opened at run time, on first use. OpenVINO's headers come from
    // pkg-config; for ONNX Runtime, CONNXRuntime declares only the functions that Oddity calls.
    .target(name: "CLoader", cSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "Inference", dependencies: ["CLoader"], swiftSettings: strict),
    .systemLibrary(name: "OpenVINOHeaders", pkgConfig: "openvino"),
    .target(
      name: "COpenVINO", dependencies: ["OpenVINOHeaders"],
      cSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "OpenVINORuntime", dependencies: ["COpenVINO", "Inference"], swiftSettings: strict),

    .target(name: "CONNXRuntime", cSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "ONNXRuntime", dependencies: ["CONNXRuntime", "Inference"], swiftSettings: strict),
    .target(
      name: "Engines", dependencies: ["Inference", "OpenVINORuntime", "ONNXRuntime"], swiftSettings: strict),

    // The names of settings in messages.
    .target(name: "OdditySettings", swiftSettings: strict),

    // From files to batches of float32.
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CSPNG", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CVips"),
    .target(
      name: "Imaging",
      dependencies: ["OdditySettings", "CTurboJPEG", "CSPNG", "CArchive", "CZlib", "CVips"],
      swiftSettings: strict),

    // Checksums.
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),

    // Eigenvectors; the library is opened at run time, on first use.
    .target(name: "CLAPACK", cSettings: [.treatAllWarnings(as: .error)]),

    // The domain, in floors. A floor does not know the floors above it. docs/architecture.md draws them.
    .target(
      name: "OddityFiles",
      dependencies: ["OdditySettings", "Imaging", "CNettle"],
      swiftSettings: strict),
    .target(
      name: "OddityStatistics", dependencies: ["OddityFiles", "Imaging", "CLAPACK"],
      swiftSettings: strict),
    .target(
      name: "OddityClassifier",
      dependencies: ["OddityStatistics", "ONNXGraph", "Engines"], swiftSettings: strict),
    .target(
      name: "OddityScores", dependencies: ["OddityClassifier", "CLAPACK"], swiftSettings: strict),
    .target(name: "OddityModel", dependencies: ["OddityScores"], swiftSettings: strict),
    .target(name: "OddityFit", dependencies: ["OddityModel"], swiftSettings: strict),
    .target(
      name: "OddityBenchmark",
      dependencies: ["OddityFit", .product(name: "Yams", package: "Yams")], swiftSettings: strict),
    // The product that programs import. It contains all of these.
    .target(name: "Oddity", dependencies: ["OddityBenchmark"], swiftSettings: strict),

    // Reports in HTML.
    .target(name: "OddityReport", dependencies: ["Oddity", "Imaging"], swiftSettings: strict),
    // Webhooks; the library is opened at run time, on first use.
    .target(name: "CCurl", cSettings: [.treatAllWarnings(as: .error)]),
    // Guarded models behind HTTP.
    .target(
      name: "OddityServer",
      dependencies: [
        "Oddity", "OddityReport", "Imaging", "CCurl",
        server("GRDB", "GRDB.swift"),
        server("Hummingbird", "hummingbird"),
        server("HummingbirdCore", "hummingbird"),
        server("Logging", "swift-log"),
        server("NIOCore", "swift-nio"),
        server("NIOHTTPTypes", "swift-nio-extras"),
        server("NIOPosix", "swift-nio"),
        server("ServiceLifecycle", "swift-service-lifecycle"),
      ], swiftSettings: strict),
    .target(
      name: "OddityCommand",
      dependencies: [
        "Oddity", "OddityReport", "OddityServer", "ONNXGraph", "Engines", "Imaging",
        command("ArgumentParser", "swift-argument-parser"),
        command("Logging", "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: strict),
    .executableTarget(
      name: "OddityMain", dependencies: ["OddityCommand"], swiftSettings: strict),

    // The C interface, on which the Python package is built. `Scripts/link-library` makes a shared library
    // from it.
    .systemLibrary(name: "COddity"),
    .target(
      name: "OddityC", dependencies: ["COddity", "CLAPACK", "CVips", "OddityCommand"],
      swiftSettings: strict),

    // The README's example of the library, so that it always compiles.
    .executableTarget(
      name: "LibraryExample", dependencies: ["Oddity"], path: "Examples/swift", swiftSettings: strict),

    // The shared code of the tests: independent references in Python, small networks, the command as a
    // process.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: tested),

    .testTarget(
      name: "ONNXGraphTests", dependencies: ["ONNXGraph", "ONNXProto", "TestSupport"],
      swiftSettings: tested),
    .testTarget(
      name: "EnginesTests", dependencies: ["Engines", "Inference", "TestSupport"],
      swiftSettings: tested),
    .testTarget(
      name: "ImagingTests", dependencies: ["Imaging", "TestSupport"], swiftSettings: tested),
    .testTarget(
      name: "OddityTests",
      dependencies: ["Oddity", "ONNXProto", "TestSupport"], swiftSettings: tested),
    .testTarget(
      name: "OddityReportTests", dependencies: ["OddityReport", "TestSupport"], swiftSettings: tested),
    .testTarget(
      name: "OddityServerTests",
      dependencies: [
        "OddityServer", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ], swiftSettings: tested),
    .testTarget(
      name: "OddityCommandTests", dependencies: ["OddityCommand", "Engines", "ONNXRuntime", "TestSupport"],
      swiftSettings: tested),
  ],
  swiftLanguageModes: [.v6]
)
