import Hummingbird
import Oddity

extension OddityServer {
  /// The routes that show the states of a model's streams and forget a stream.
  func addDrift(to router: RouterGroup<Context>) {
    router.get("models/{name}/drift") { _, context in
      try Response(watched(context).monitor.json)
    }
    router.delete("models/{name}/drift/{source}") { _, context in
      let (model, monitor) = try watched(context)
      let name = try StreamName(context.decodedParameter("source"))
      guard monitor.forget(name) else { throw Problem(.notFound, "no source '\(name)' has sent images") }
      model.metrics.forget(name, of: model.name)
      return Response(monitor.json)
    }
  }

  private func watched(_ context: Context) throws -> (model: ServedModel, monitor: DriftMonitor) {
    let model = try model(context)
    guard let monitor = model.drift else {
      throw Problem(
        .notFound, "\(model.name) does not carry its calibration scores: fit it again to watch its streams")
    }
    return (model, monitor)
  }
}

extension DriftMonitor {
  /// The states of a model's streams as JSON.
  fileprivate var json: JSONValue {
    let standing = standing
    let sources = standing.streams.map { name, state -> JSONValue in
      [
        "source": .string(name.description), "images": JSONValue(state.images),
        "log_wealth": JSONValue(state.logWealth), "largest_log_wealth": JSONValue(state.largestLogWealth),
        "alarm": .bool(state.hasAlarmed(delta: delta)),
      ]
    }
    return [
      "delta": JSONValue(delta), "overall_log_wealth": JSONValue(standing.overallLogWealth),
      "sources": .array(sources),
    ]
  }
}
