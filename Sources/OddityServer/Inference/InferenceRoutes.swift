import Hummingbird
import Imaging
import Logging
import Oddity

extension OddityServer {
  /// The Open Inference Protocol (KServe V2) over HTTP.
  func addInference(to router: RouterGroup<Context>) {
    router.get("") { _, _ in
      Response([
        "name": "oddity", "version": .string(oddityVersion), "extensions": ["binary_tensor_data"],
      ])
    }
    router.get("health/live") { _, _ in Response(["live": true]) }
    router.get("health/ready") { _, _ in
      try readiness.check()
      return Response(["ready": true])
    }
    for path in ["models/{name}", "models/{name}/versions/{version}"] {
      router.get(RouterPath(path)) { _, context in Response(try ModelFacts.json(versionedModel(context))) }
      router.get(RouterPath(path + "/ready")) { _, context in
        let model = try versionedModel(context)
        try readiness.check()
        return Response(["name": .string(model.name), "ready": true])
      }
      router.post(RouterPath(path + "/infer")) { request, context in
        let model = try versionedModel(context)
        let length = try headerLength(request)
        try model.queue.check()
        return try await bodies.withBody(of: request) { body in
          // Much JSON takes seconds to parse. On this thread it would delay all other answers, even that of
          // the health route.
          let inference = try await model.threads(forJSON: length ?? body.readableBytes).run {
            try InferenceRequest(body, headerLength: length)
          }
          return try await answer(inference, of: model, context.logger).response
        }
      }
    }
  }

  private func versionedModel(_ context: Context) throws -> ServedModel {
    if let version = context.parameters.get("version"), version != ModelFacts.version {
      throw Problem(
        .notFound,
        "there is no version '\(version)': every model has only version \(ModelFacts.version)")
    }
    return try model(context)
  }

  private func headerLength(_ request: Request) throws(Problem) -> Int? {
    guard let name = InferenceAnswer.headerLength, let text = request.headers[name] else { return nil }
    guard let length = Int(text) else {
      throw Problem(.badRequest, "Inference-Header-Content-Length is '\(text)', not a number")
    }
    return length
  }

  private func answer(
    _ request: InferenceRequest, of model: ServedModel, _ logger: Logger
  ) async throws -> InferenceAnswer {
    let images = try await model.decoding.run { [inputs = model.inputs, limits = model.limits] in
      try inputs.images(of: request.input, within: limits)
    }
    let job = ScoringJob(images: images, source: request.source, logger: logger)
    let available = try await model.score(job).map { try $0.get() }
      .outputs(of: model.detector.guarded)
    let wanted = try request.outputs.map { output throws(Problem) in
      guard let tensor = available.first(where: { $0.name == output.name }) else {
        let names = available.map(\.name).joined(separator: ", ")
        throw Problem(.badRequest, "there is no output '\(output.name)': \(model.name) has \(names)")
      }
      return (tensor, output.isBinary ?? request.isBinary)
    }
    return InferenceAnswer(
      model: model.name, id: request.id,
      outputs: wanted.isEmpty ? available.map { ($0, request.isBinary) } : wanted)
  }
}

extension [Detector.Answer] {
  /// The outputs of a guarded model, with one row for each image.
  func outputs(of guarded: GuardedModel) -> [InferenceOutput] {
    let metadata = guarded.metadata
    let logits = InferenceOutput(
      name: metadata.logits, shape: [count, metadata.classes], values: .float(flatMap(\.logits)))
    let scores = guarded.scoreOutputs.enumerated().map { position, name in
      InferenceOutput(name: name, shape: [count], values: .float(map { $0.image.scores.values[position] }))
    }
    return [logits] + scores + [
      InferenceOutput(
        name: GuardedModel.Output.pValue, shape: [count], values: .float(map(\.image.pValue))),
      InferenceOutput(
        name: GuardedModel.Output.isOutlier, shape: [count], values: .bool(map(\.image.isOutlier))),
    ]
  }
}
