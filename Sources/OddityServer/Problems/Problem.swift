import HTTPTypes
import Hummingbird
import Imaging
import Oddity

/// What went wrong with a request, as the client is told: problem details (RFC 9457).
///
/// The detail never holds a path of this machine: what a client sent has no path, and what else goes wrong is only logged.
struct Problem: HTTPResponseError {
  let status: HTTPResponse.Status
  let detail: String
  var headers: HTTPFields = [:]

  init(_ status: HTTPResponse.Status, _ detail: String) {
    (self.status, self.detail) = (status, detail)
  }

  private struct Body: Encodable {
    let type = "about:blank"
    let title: String
    let status: Int
    let detail: String
    /// Where clients of the Open Inference Protocol look for what went wrong.
    let error: String
  }

  static let mediaType = "application/problem+json"

  var body: ByteBuffer {
    get throws {
      let body = Body(title: status.reasonPhrase, status: status.code, detail: detail, error: detail)
      return ByteBuffer(string: try body.json())
    }
  }

  func response(from request: Request, context: some RequestContext) throws -> Response {
    var headers = headers
    headers[.contentType] = Self.mediaType
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: try body))
  }
}

extension Problem {
  /// The queue is full: the client may come again in a second.
  static var busy: Problem {
    var problem = Problem(
      .serviceUnavailable, "the server has as much work as it takes: try again in a second")
    problem.headers[.retryAfter] = "1"
    return problem
  }

  static func unknownModel(_ name: String) -> Problem {
    Problem(.notFound, "there is no model '\(name)'; GET /v1/models lists them")
  }

  /// An image that a client sent.
  init(_ error: ImagingError) {
    let status: HTTPResponse.Status =
      switch error.code {
      case .tooLarge, .archiveLimit: .contentTooLarge
      case .decoderMissing: .internalServerError
      default: .unprocessableContent
      }
    self.init(status, "\(error)")
  }
}
