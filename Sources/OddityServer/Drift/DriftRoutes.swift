import HTTPTypes
import Hummingbird
import Oddity

/// The streams of a model: how they stand, and forgetting one.
struct DriftRoutes<Context: RequestContext>: Sendable {
  let shelf: ModelShelf

  func add(to router: RouterGroup<Context>) {
    router.get("models/{name}/drift") { _, context in
      try JSONAnswer(DriftAnswer(watched(context).monitor))
    }
    router.delete("models/{name}/drift/{source}") { _, context in
      let (model, monitor) = try watched(context)
      let name = try StreamName(context.decodedParameter("source"))
      guard monitor.forget(name) else { throw Problem(.notFound, "no source '\(name)' has sent images") }
      model.metrics.forget(name, of: model.name)
      return try JSONAnswer(DriftAnswer(monitor))
    }
  }

  private func watched(_ context: Context) throws -> (model: ServedModel, monitor: DriftMonitor) {
    let model = try shelf.model(context.decodedParameter("name"))
    guard let monitor = model.drift else {
      throw Problem(
        .notFound, "\(model.name) does not carry its calibration scores: fit it again to watch its streams")
    }
    return (model, monitor)
  }
}

/// What is told of the streams of a model.
struct DriftAnswer: Encodable {
  private let delta: Double
  private let overallLogWealth: Double
  private let sources: [Source]

  private struct Source: Encodable {
    let source: String
    let images: Int
    let logWealth: Double
    let largestLogWealth: Double
    let alarm: Bool

    enum CodingKeys: String, CodingKey {
      case source, images, logWealth = "log_wealth", largestLogWealth = "largest_log_wealth", alarm
    }
  }

  private enum CodingKeys: String, CodingKey {
    case delta, overallLogWealth = "overall_log_wealth", sources
  }

  init(_ monitor: DriftMonitor) {
    let standing = monitor.standing
    delta = monitor.delta
    overallLogWealth = standing.overallLogWealth
    sources = standing.streams.map { name, state in
      Source(
        source: name.description, images: state.images, logWealth: state.logWealth,
        largestLogWealth: state.largestLogWealth, alarm: state.hasAlarmed(delta: monitor.delta))
    }
  }
}
