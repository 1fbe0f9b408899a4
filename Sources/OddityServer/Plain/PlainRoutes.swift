import HTTPTypes
import Hummingbird
import Imaging
import Oddity

/// The plain protocol: an image in the body, its verdict in the answer.
struct PlainRoutes<Context: RequestContext>: Sendable {
  let shelf: ModelShelf
  let limits: ServerLimits
  let bodies: BodyReader

  func add(to router: RouterGroup<Context>) {
    router.get("models") { _, _ in try JSONAnswer(["models": shelf.names]) }
    router.post("models/{name}/score") { request, context in
      let model = try shelf.model(context.decodedParameter("name"))
      let source = try request.uri.queryParameters.get("source").map { try StreamName($0) } ?? .unnamed
      try model.queue.check()
      return try await bodies.withBody(of: request) { body in
        let images = try ImageRequest(body, contentType: request.headers[.contentType], limits: limits)
        return try await answer(images, source: source, of: model)
      }
    }
  }

  private func answer(_ request: ImageRequest, source: StreamName, of model: ServedModel) async throws
    -> JSONAnswer
  {
    let results = try await model.score(request.images, names: request.names, source: source, limits: limits)
    guard request.isList else { return try JSONAnswer(ScoreAnswer(results[0].get(), of: model)) }
    let answers = zip(request.names, results).map { ListedAnswer(name: $0, result: $1, model: model) }
    return try JSONAnswer(["images": answers])
  }
}
