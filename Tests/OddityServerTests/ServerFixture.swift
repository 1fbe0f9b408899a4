import Foundation
import Hummingbird
import Imaging
import Logging
import Oddity
import TestSupport

@testable import OddityServer

/// A server with one small guarded model, 'net', fitted once for all tests.
struct ServerFixture {
  let detector: Detector
  var options = ServerOptions()

  private static let fitting = Task { try await fit("residual.ts.onnx") }

  init(options: ServerOptions = ServerOptions()) async throws {
    detector = try Detector(await Self.fitting.value, engine: .init())
    self.options = options
  }

  init(limits: ServerLimits) async throws {
    try await self.init()
    options.limits = limits
  }

  /// Sends requests directly to the router.
  func test<Value>(_ body: @Sendable (any TestClient) async throws -> Value) async throws -> Value {
    let server = try OddityServer([("net", detector)], options: options)
    return try await body(RouterClient(responder: server.router().buildResponder()))
  }

  /// - Parameter preprocessing: the default is explicit, because arrays do not show how image files become
  ///   tensors.
  static func fit(
    _ network: String, preprocessing: Preprocessing = Preprocessing(mean: [0], std: [1])
  ) async throws -> GuardedModel {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "images.npy")
    try NumPyFile.write(tensors(120, seed: 1), shape: [120, 3, 32, 32], to: file)
    var options = FitOptions()
    options.scores = [.featurenorm, .energy]
    options.preprocessing = preprocessing
    return try await Fit(
      model: Fixtures.url(network).path, inDistribution: [file.path], options: options
    ).guarded
  }

  static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  static func tensors(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count * 3 * 32 * 32).map {
      Float(sin(Double($0) / 9 + random.nextUnit()) + random.nextUnit())
    }
  }

  /// An image file: a colour gradient as binary PPM.
  static func picture(_ shift: Int = 0) -> [UInt8] {
    let pixels = (0..<40 * 30).flatMap { pixel -> [UInt8] in
      [UInt8((pixel % 40 * 5 + shift) % 256), UInt8(pixel / 40 * 8), 128]
    }
    return Array("P6 40 30 255\n".utf8) + pixels
  }
}

extension TestAnswer {
  var json: [String: Any] {
    get throws {
      try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any] ?? [:]
    }
  }

  /// The detail of problem details whose status equals that of the response.
  var problem: String? {
    guard headers[.contentType] == "application/problem+json", let json = try? json,
      json["status"] as? Int == status.code
    else { return nil }
    return json["detail"] as? String
  }
}
