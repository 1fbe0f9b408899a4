import Foundation
import HTTPTypes
import Harness
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Oddity

@testable import OddityServer

/// Requests of clients. `http` uses the whole router and the network. The others only parse a body.
enum Requests {
  static let targets: [FuzzTarget] = [
    FuzzTarget("http", prepare: { _ = server }) { bytes in try answer(RequestText(bytes)) },
    FuzzTarget("inference") { bytes in
      // The first two bytes are the length of the JSON. Binary tensors follow it. 0 means that there are
      // none.
      guard bytes.count >= 2 else { return }
      let length = Int(bytes[0]) << 8 | Int(bytes[1])
      let body = ByteBuffer(bytes: bytes.dropFirst(2))
      _ = try InferenceRequest(body, headerLength: length == 0 ? nil : length)
    },
    FuzzTarget("form") { bytes in
      let text = RequestText(bytes)
      _ = try ImageRequest(
        ByteBuffer(bytes: text.body), contentType: text.headers[.contentType], limits: ServerLimits())
    },
  ]

  private static let server = Result {
    let path = ProcessInfo.processInfo.environment["ODDITY_FUZZ_GUARDED"] ?? ""
    var options = ServerOptions()
    options.limits.pixels = 1 << 20
    let detector = try Detector(contentsOf: URL(filePath: path), engine: Engine(EngineChoice()))
    return try OddityServer([("net", detector)], options: options).router().buildResponder()
  }

  /// - Precondition: the server never answers with an internal error.
  private static func answer(_ text: RequestText) throws {
    let responder = try server.get()
    let done = DispatchSemaphore(value: 0)
    let status = StatusBox()
    Task {
      defer { done.signal() }
      let context = BasicRequestContext(
        source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: silent))
      let request = Request(head: text.head, body: RequestBody(buffer: ByteBuffer(bytes: text.body)))
      status.code = (try? await responder.respond(to: request, context: context))?.status.code ?? 0
    }
    done.wait()
    precondition(status.code != 500, "the server failed")
  }

  private static let silent = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }

  private final class StatusBox: @unchecked Sendable {
    var code = 0
  }
}
