import Hummingbird

/// What an orchestrator asks: it has no key, and must get an answer from a server that is busy.
enum OpenPaths {
  static func areAsked(in request: Request) -> Bool {
    request.uri.path == "/v2/health/live" || request.uri.path == "/v2/health/ready"
  }
}
