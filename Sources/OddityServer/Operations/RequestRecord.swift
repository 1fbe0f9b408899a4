import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// Gives each request an identifier, logs the request, and measures it.
///
/// If a client sends an `X-Request-Id` of plain text, the server uses it, so that the logs of both sides
/// match.
struct RequestRecord<Context: RequestContext>: RouterMiddleware {
  let metrics: ServerMetrics

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var context = context
    // A log handler that keeps no metadata does not have Hummingbird's identifier.
    let id =
      Self.identity(request) ?? context.logger[metadataKey: RequestIdentity.key].map { "\($0)" }
      ?? UUID().uuidString
    context.logger[metadataKey: RequestIdentity.key] = "\(id)"
    var response = try await next(request, context)
    if let name = RequestIdentity.header { response.headers[name] = id }
    let duration = start.duration(to: .now)
    metrics.answered(route: context.endpointPath ?? "none", status: response.status, within: duration)
    context.logger.info(
      "answered",
      metadata: [
        "method": "\(request.method)", "path": "\(request.uri)",
        "status": .stringConvertible(response.status.code),
        "milliseconds": .stringConvertible(duration / .milliseconds(1)),
      ])
    return response
  }

  private static func identity(_ request: Request) -> String? {
    guard let name = RequestIdentity.header, let text = request.headers[name],
      (1...128).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    return text
  }
}

/// The identifier of a request, for clients and in the log.
enum RequestIdentity {
  /// The metadata key that Hummingbird uses.
  static let key = "hb.request.id"
  static let header = HTTPField.Name("X-Request-Id")
}
