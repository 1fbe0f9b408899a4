import Hummingbird

/// Lets other connections continue before each request.
///
/// A connection that has many requests waiting would otherwise be served until none is left, because none of
/// its steps has to wait. A hundred such connections kept a health route waiting for hundreds of
/// milliseconds.
struct TakingTurns<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    await Task.yield()
    return try await next(request, context)
  }
}
