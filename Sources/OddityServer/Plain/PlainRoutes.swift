import Hummingbird
import Oddity

extension OddityServer {
  /// The plain protocol: an image in the body, its verdict in the answer.
  func addScoring(to router: RouterGroup<Context>) {
    router.get("models") { _, _ in Response(["models": .array(models.map { .string($0.name) })]) }
    router.post("models/{name}/score") { request, context in
      let model = try model(context)
      try Self.checkParameters(request)
      try model.queue.check()
      return try await bodies.withBody(of: request) { body in
        let images = try await model.images(in: body, contentType: request.headers[.contentType])
        // The address goes before the body.
        let sources = try [request.uri.queryParameters.get("source"), images.source].compactMap(\.self)
          .map { try StreamName.named($0) }
        let job = ScoringJob(
          images: images.images, source: sources.first ?? .unnamed, logger: context.logger)
        return try await answer(job, isList: images.isList, of: model)
      }
    }
  }

  /// Images in the body, and what they say together.
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

  /// What is misspelt would silently do nothing.
  private static func checkParameters(_ request: Request) throws(Problem) {
    if let unknown = request.uri.queryParameters.map(\.key).first(where: { $0 != "source" }) {
      throw Problem(.badRequest, "there is no parameter '\(unknown)', only 'source'")
    }
  }

  /// The fields of `oddity score`, less the input's name. In a list an image that cannot be read has an `error`, and the
  /// others keep their answers.
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
  /// - Parameter parameters: of an address, called as the command's flags.
  /// - Throws: ``Problem`` for one that is misspelt, and for a value that is no share.
  init(_ parameters: [(name: String, value: String)]) throws(Problem) {
    self.init()
    for (name, text) in parameters {
      guard let gate = AssessmentGate(rawValue: name) else {
        throw Problem(
          .badRequest, "there is no parameter '\(name)', only max-outliers, shift-alpha and min-accuracy")
      }
      guard let value = Double(text) else {
        throw Problem(.badRequest, "\(name) is '\(text)': give a share from 0 to 1")
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
