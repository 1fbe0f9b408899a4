import HTTPTypes
import Hummingbird
import NIOCore

/// Reads request bodies, within one budget for all bodies in memory.
struct BodyReader: Sendable {
  private let limits: ServerLimits
  private let budget: Gate

  init(_ limits: ServerLimits) {
    self.limits = limits
    budget = Gate(capacity: limits.bodiesBytes)
  }

  /// Reads the whole body and passes it to `use`.
  ///
  /// - Throws: ``Problem`` 413 if the body is larger than the server accepts, 415 if it is compressed, 503 if
  ///   other bodies use up the budget, 400 if it breaks off; what `use` throws.
  func withBody<Value>(of request: Request, _ use: (ByteBuffer) async throws -> Value) async throws -> Value {
    if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
      throw Problem(
        .unsupportedMediaType,
        "the encoding '\(encoding)' is not supported: send the body without Content-Encoding")
    }
    let announced = request.headers.announcedLength
    if let announced, announced > limits.bodyBytes { throw tooLarge }
    try budget.check()
    var taken = 0
    defer { budget.leave(taken) }
    return try await use(whole(request, counting: &taken))
  }

  /// Takes room for each piece when it arrives. If room were reserved by the announced length, a few clients
  /// that announce much and send nothing could keep out all others.
  private func whole(_ request: Request, counting taken: inout Int) async throws(Problem) -> ByteBuffer {
    var body = ByteBuffer()
    do {
      for try await piece in request.body {
        guard piece.readableBytes <= limits.bodyBytes - body.readableBytes else { throw tooLarge }
        try budget.enter(piece.readableBytes)
        taken += piece.readableBytes
        body.writeImmutableBuffer(piece)
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(.badRequest, "the connection ended before the whole body arrived: send it again")
    }
    return body
  }

  private var tooLarge: Problem {
    Problem(
      .contentTooLarge,
      "the body is larger than the \(limits.bodyBytes) bytes that this server accepts: send smaller requests")
  }
}

extension HTTPFields {
  /// The length of the body, if the headers state it.
  var announcedLength: Int? { self[.contentLength].flatMap(Int.init) }
}
