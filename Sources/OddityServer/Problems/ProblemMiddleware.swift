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
    } catch let problem as Problem {
      return try problem.response(from: request, context: context)
    } catch let error as ImagingError {
      return try Problem(error).response(from: request, context: context)
    } catch let error as any HTTPResponseError {
      return try Problem(error.status, error.status.explanation).response(from: request, context: context)
    } catch {
      context.logger.error("a request failed", metadata: ["error": "\(error)"])
      return try Problem(.internalServerError, "the server failed; its log says why")
        .response(from: request, context: context)
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
