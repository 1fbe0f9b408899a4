import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOEmbedded
import ServiceLifecycle
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A client that sends requests and returns responses. Hummingbird has such clients too, but they need an
/// HTTP client with BoringSSL and HTTP/2, which take a fifth of the whole build time.
protocol TestClient: Sendable {
  func execute(
    uri: String, method: HTTPRequest.Method, headers: HTTPFields, body: ByteBuffer?
  ) async throws -> TestAnswer
}

extension TestClient {
  func execute(uri: String, method: HTTPRequest.Method, body: ByteBuffer?) async throws -> TestAnswer {
    try await execute(uri: uri, method: method, headers: [:], body: body)
  }

  func execute(
    uri: String, method: HTTPRequest.Method, headers: HTTPFields = [:]
  ) async throws -> TestAnswer {
    try await execute(uri: uri, method: method, headers: headers, body: nil)
  }
}

struct TestAnswer {
  let status: HTTPResponse.Status
  let headers: HTTPFields
  let body: ByteBuffer
}

/// Sends requests directly to a router, without a socket.
struct RouterClient<Responder: HTTPResponder>: TestClient
where Responder.Context: RequestContext, Responder.Context.Source == ApplicationRequestContextSource {
  let responder: Responder

  func execute(
    uri: String, method: HTTPRequest.Method, headers: HTTPFields, body: ByteBuffer?
  ) async throws -> TestAnswer {
    var headers = headers
    if let body { headers[.contentLength] = "\(body.readableBytes)" }
    let head = HTTPRequest(
      method: method, scheme: "http", authority: "localhost", path: uri, headerFields: headers)
    var logger = ServerFixture.silent
    logger[metadataKey: "hb.request.id"] = .stringConvertible(RequestID())
    let context = Responder.Context(
      source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger))
    let response = try await responder.respond(
      to: Request(head: head, body: RequestBody(asyncSequence: Self.pieces(of: body))), context: context)
    let written = Written()
    try await response.body.write(Writer(written: written))
    return TestAnswer(status: response.status, headers: response.headers, body: await written.body)
  }

  /// A body arrives in pieces, as it does from a socket.
  private static func pieces(of body: ByteBuffer?) -> AsyncStream<ByteBuffer> {
    AsyncStream { pieces in
      var rest = body ?? ByteBuffer()
      while rest.readableBytes > 0, let piece = rest.readSlice(length: min(32 * 1_024, rest.readableBytes)) {
        pieces.yield(piece)
      }
      pieces.finish()
    }
  }

  private actor Written {
    var body = ByteBuffer()

    func append(_ piece: ByteBuffer) { body.writeImmutableBuffer(piece) }
  }

  private struct Writer: ResponseBodyWriter {
    let written: Written

    func write(_ buffer: ByteBuffer) async throws { await written.append(buffer) }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }
}

/// Sends requests to a server over sockets. Simultaneous requests have separate connections.
struct SocketClient: TestClient {
  let port: Int
  private let session: URLSession = {
    let configuration = URLSessionConfiguration.ephemeral
    // Other load on the machine must not cause a failure, but a server that does not answer must.
    configuration.timeoutIntervalForRequest = 60
    return URLSession(configuration: configuration)
  }()

  func execute(
    uri: String, method: HTTPRequest.Method, headers: HTTPFields, body: ByteBuffer?
  ) async throws -> TestAnswer {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(uri)")))
    request.httpMethod = method.rawValue
    for field in headers { request.setValue(field.value, forHTTPHeaderField: field.name.rawName) }
    request.httpBody = body.map { Data($0.readableBytesView) }
    let (data, response) = try await session.data(for: request)
    let answer = try #require(response as? HTTPURLResponse)
    var fields: HTTPFields = [:]
    for case (let name as String, let value as String) in answer.allHeaderFields {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    return TestAnswer(
      status: .init(code: answer.statusCode), headers: fields, body: ByteBuffer(bytes: data))
  }

  /// Runs a router with its services on a free port as long as `body` talks to it.
  static func serving<Value>(
    _ router: Router<BasicRequestContext>, services: [any Service] = [],
    _ body: (SocketClient) async throws -> Value
  ) async throws -> Value {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)), services: services,
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: ServerFixture.silent)
    let group = ServiceGroup(
      configuration: .init(
        services: [.init(service: application)], logger: ServerFixture.silent))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        defer { port.finish() }
        try await group.run()
      }
      let started = await ports.first { _ in true }
      let result: Result<Value, any Error>
      do {
        result = .success(try await body(SocketClient(port: try #require(started))))
      } catch {
        result = .failure(error)
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      return try result.get()
    }
  }
}
