import Hummingbird

/// Lets so many requests in at once and refuses others straight away, but for those that ask how a busy server is.
struct RequestGate<Context: RequestContext>: RouterMiddleware {
  let gate: Gate

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if OpenPaths.areAsked(in: request) || request.uri.path == "/metrics" {
      return try await next(request, context)
    }
    return try await gate.pass { try await next(request, context) }
  }
}
