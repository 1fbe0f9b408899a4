import Hummingbird
import OddityReport
import Synchronization

extension OddityServer {
  /// The routes of the page at `/`, its style sheet and its script.
  func addPage(to router: Router<Context>) {
    let page = RecentText { [models] in LivePage(models.map(\.traffic)).html }
    router.get("/") { _, _ in Self.answer(page.text, "text/html; charset=utf-8") }
    router.get(RouterPath(LivePage.stylesheetName)) { _, _ in
      Self.answer(LivePage.stylesheet, "text/css; charset=utf-8")
    }
    router.get(RouterPath(LivePage.scriptName)) { _, _ in
      Self.answer(LivePage.script, "text/javascript; charset=utf-8")
    }
  }

  private static func answer(_ text: String, _ type: String) -> Response {
    var response = Response(text, type: type)
    response.headers[.cacheControl] = "no-store"
    return response
  }
}

extension ServedModel {
  fileprivate var traffic: LiveTraffic {
    var traffic = LiveTraffic(name: name, metadata: metadata)
    activity.fill(&traffic)
    if let drift {
      let standing = drift.standing
      traffic.drift = (
        delta: drift.delta, overallLogWealth: standing.overallLogWealth,
        sources: standing.streams.map { ($0.name.description, $0.state) }
      )
    }
    return traffic
  }
}

/// A text that is costly to make, as it was a moment ago: many requests at once then cost one making.
private final class RecentText: Sendable {
  private static let lifetime = Duration.milliseconds(250)

  private let make: @Sendable () -> String
  private let last = Mutex<(text: String, time: ContinuousClock.Instant)?>(nil)

  init(_ make: @escaping @Sendable () -> String) { self.make = make }

  var text: String {
    last.withLock { last in
      if let last, last.time.duration(to: .now) < Self.lifetime { return last.text }
      let text = make()
      last = (text, .now)
      return text
    }
  }
}
