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
      try Self.check(request)
      try model.queue.check()
      return try await bodies.withBody(of: request) { body in
        let images = try ImageRequest(body, contentType: request.headers[.contentType], limits: limits)
        // The address goes before the body.
        let sources = try [request.uri.queryParameters.get("source"), images.source].compactMap(\.self)
          .map { try StreamName.named($0) }
        let job = ScoringJob(
          images: images.images, names: images.names, source: sources.first ?? .unnamed,
          logger: context.logger)
        return try await answer(job, isList: images.isList, of: model)
      }
    }
  }

  /// What is misspelt would silently do nothing.
  private static func check(_ request: Request) throws(Problem) {
    if let unknown = request.uri.queryParameters.map(\.key).first(where: { $0 != "source" }) {
      throw Problem(.badRequest, "there is no parameter '\(unknown)', only 'source'")
    }
  }

  private func answer(_ job: ScoringJob, isList: Bool, of model: ServedModel) async throws -> JSONAnswer {
    let results = try await model.score(job, limits: limits)
    guard isList else { return try JSONAnswer(ScoreAnswer(results[0].get(), of: model)) }
    let answers = zip(job.names, results).map { ListedAnswer(name: $0, result: $1, model: model) }
    return try JSONAnswer(["images": answers])
  }
}
