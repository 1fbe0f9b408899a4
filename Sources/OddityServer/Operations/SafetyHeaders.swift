import HTTPTypes
import Hummingbird

/// Forbids browsers whatever the page does not need: nothing is loaded from elsewhere, nothing written into the page runs.
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
