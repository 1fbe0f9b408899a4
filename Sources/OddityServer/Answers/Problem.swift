import HTTPTypes
import Hummingbird
import Imaging
import Oddity

extension Response {
  init(_ text: String, type: String, status: HTTPResponse.Status = .ok) {
    self.init(
      status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  init(_ json: JSONValue) { self.init(json.line, type: "application/json") }
}

/// An error as the client sees it: problem details (RFC 9457).
///
/// The detail never holds a path of this machine. Images from clients have no path, and other errors are only
/// logged.
struct Problem: HTTPResponseError {
  let status: HTTPResponse.Status
  let detail: String
  let headers: HTTPFields

  init(_ status: HTTPResponse.Status, _ detail: String, headers: HTTPFields = [:]) {
    // A long text that came from a client, such as a name, is cut.
    let isShort = detail.utf8.count <= Self.longestDetail
    self.detail = isShort ? detail : String(detail.unicodeScalars.prefix(Self.longestDetail)) + "…"
    (self.status, self.headers) = (status, headers)
  }

  private static let longestDetail = 4_000

  static let mediaType = "application/problem+json"

  /// `error` is the member in which clients of the Open Inference Protocol look for the message.
  var json: String {
    let json: JSONValue = [
      "type": "about:blank", "title": .string(status.reasonPhrase), "status": JSONValue(status.code),
      "detail": .string(detail), "error": .string(detail),
    ]
    return json.line
  }

  func response(from request: Request, context: some RequestContext) -> Response {
    var response = Response(json, type: Self.mediaType, status: status)
    for header in headers { response.headers[header.name] = header.value }
    return response
  }

  /// The queue is full. The client may try again after a second.
  static var busy: Problem {
    Problem(
      .serviceUnavailable, "the server is busy: try again in a second",
      headers: [.retryAfter: "1"])
  }

  /// An error of an image that a client sent.
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

/// Turns every error into problem details, and logs errors of the server itself.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let response = problem(error, context).response(from: request, context: context)
      return request.method == .head ? response.createHeadResponse() : response
    }
  }

  private func problem(_ error: any Error, _ context: Context) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let error as ImagingError: return Problem(error)
    case let error as any HTTPResponseError: return Problem(error.status, error.status.explanation)
    default:
      context.logger.error("a request failed with an internal error", metadata: ["error": "\(error)"])
      return Problem(.internalServerError, "the server failed: see its log for the reason")
    }
  }
}

extension HTTPResponse.Status {
  fileprivate var explanation: String {
    switch self {
    case .notFound: "this path does not exist"
    case .methodNotAllowed: "this path does not accept this method"
    case .contentTooLarge: "the request body is larger than this server accepts"
    default: reasonPhrase
    }
  }
}

extension Router {
  /// For all paths registered so far, answers methods that a path does not have with 405 and `Allow`. The
  /// router alone would answer 404.
  func refuseUndeclaredMethods() {
    let byPath = Dictionary(grouping: routes) { $0.path.description }
    for endpoints in byPath.values {
      let path = endpoints[0].path
      let declared = Set(endpoints.map(\.method))
      // Hummingbird derives HEAD from GET.
      let allowed = declared.union(declared.contains(.get) ? [.head] : [])
      let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
      for method in Self.methods where !allowed.contains(method) {
        on(path, method: method) { _, _ -> Response in
          throw Problem(.methodNotAllowed, "this path accepts only \(names)", headers: [.allow: names])
        }
      }
    }
  }

  private static var methods: [HTTPRequest.Method] {
    [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]
      + [HTTPRequest.Method("QUERY")].compactMap(\.self)
  }
}

/// Tells browsers to forbid what the page does not need: loading from other hosts, and scripts within the
/// page.
struct SafetyHeaders<Context: RequestContext>: RouterMiddleware {
  private let headers: HTTPFields

  init() {
    var headers: HTTPFields = [
      .contentSecurityPolicy:
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      .xContentTypeOptions: "nosniff",
    ]
    if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
    self.headers = headers
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    for header in headers { response.headers[header.name] = header.value }
    return response
  }
}
