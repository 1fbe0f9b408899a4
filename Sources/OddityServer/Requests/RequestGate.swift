import Hummingbird

/// Lets so many requests in at once and refuses others straight away: a body that is not read takes no memory.
struct RequestGate<Context: RequestContext>: RouterMiddleware {
  let gate: Gate

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    try await gate.pass { try await next(request, context) }
  }
}
