import Hummingbird
import Oddity

extension OddityServer {
  /// The plain protocol: the client sends an image in the body and gets its verdict.
  func addScoring(to router: RouterGroup<Context>) {
    router.get("models") { _, _ in Response(["models": .array(models.map { .string($0.name) })]) }
    router.post("models/{name}/score") { request, context in
      let model = try model(context)
      try Self.checkParameters(request)
      try model.queue.check()
      return try await bodies.withBody(of: request) { body in
        let images = try await model.images(in: body, contentType: request.headers[.contentType])
        // A source in the address has priority over one in the body.
        let sources = try [request.uri.queryParameters.get("source"), images.source].compactMap(\.self)
          .map { try StreamName.named($0) }
        let job = ScoringJob(
          images: images.images, source: sources.first ?? .unnamed, logger: context.logger)
        return try await answer(job, isList: images.isList, of: model)
      }
    }
  }

  /// The route that assesses the images in the body as a batch.
  func addAssessment(to router: RouterGroup<Context>) {
    router.post("models/{name}/assess") { request, context in
      let model = try model(context)
      let gates = try AssessmentGates(request.uri.queryParameters.map { (String($0.key), String($0.value)) })
      try model.assessor.gate.check()
      return try await bodies.withBody(of: request) { body in
        let images = try await model.images(in: body, contentType: request.headers[.contentType])
        return Response(try JSONValue(encoding: try await model.assess(images.images, gates: gates)))
      }
    }
  }

  /// Refuses unknown parameters. A misspelt parameter would otherwise be ignored silently.
  private static func checkParameters(_ request: Request) throws(Problem) {
    if let unknown = request.uri.queryParameters.map(\.key).first(where: { $0 != "source" }) {
      throw Problem(.badRequest, "the parameter '\(unknown)' does not exist: the only parameter is 'source'")
    }
  }

  /// The fields of `oddity score`, without the name of the input. In a list, an image that cannot be read has
  /// an `error`, and the other images still have their answers.
  private func answer(_ job: ScoringJob, isList: Bool, of model: ServedModel) async throws -> Response {
    let results = try await model.score(job)
    guard isList else { return Response(try Verdict(results[0].get().image).json) }
    let answers = zip(job.images, results).map { image, result in
      let name: JSONValue = ["name": .string(image.name ?? "")]
      return name.with(Verdict.json(of: result.map(\.image)))
    }
    return Response(["images": .array(answers)])
  }
}

extension AssessmentGates {
  /// - Parameter parameters: the parameters of the address, which have the names of the command's flags.
  /// - Throws: ``Problem`` if a name is unknown, or a value is not allowed.
  init(_ parameters: [(name: String, value: String)]) throws(Problem) {
    self.init()
    for (name, text) in parameters {
      guard let gate = AssessmentGate(rawValue: name) else {
        throw Problem(
          .badRequest,
          "the parameter '\(name)' does not exist: the parameters are max-outliers, shift-alpha and "
            + "min-accuracy")
      }
      guard let value = Double(text) else {
        throw Problem(.badRequest, "\(name) is '\(text)': give a number from 0 to 1")
      }
      if let objection = AssessmentGates.objection(to: value, for: gate) {
        throw Problem(.badRequest, "\(name) is '\(text)': \(objection)")
      }
      switch gate {
      case .maxOutliers: maxOutliers = value
      case .shiftAlpha: shiftAlpha = value
      case .minAccuracy: minAccuracy = value
      }
    }
  }
}
