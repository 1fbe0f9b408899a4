import Hummingbird
import OddityReport

extension OddityServer {
  /// The page at `/`, its style sheet and its script.
  func addPage(to router: Router<Context>) {
    router.get("/") { _, _ in
      Self.answer(LivePage(models.map(\.traffic)).html, "text/html; charset=utf-8")
    }
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
