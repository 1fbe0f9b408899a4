import HTTPTypes
import Hummingbird
import Imaging
import Oddity

/// Makes problem details of every error, and logs those that are the server's own.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let response = try problem(error, context).response(from: request, context: context)
      return request.method == .head ? response.createHeadResponse() : response
    }
  }

  private func problem(_ error: any Error, _ context: Context) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let error as ImagingError: return Problem(error)
    case let error as any HTTPResponseError: return Problem(error.status, error.status.explanation)
    default:
      context.logger.error("a request failed", metadata: ["error": "\(error)"])
      return Problem(.internalServerError, "the server failed; its log says why")
    }
  }
}

extension HTTPResponse.Status {
  fileprivate var explanation: String {
    switch self {
    case .notFound: "there is nothing at this path"
    case .methodNotAllowed: "this path takes another method"
    case .contentTooLarge: "the request's body is larger than this server takes"
    default: reasonPhrase
    }
  }
}
