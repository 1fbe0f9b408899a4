import Hummingbird
import Synchronization

/// Counts the work that was admitted and refuses more at once, so that admitted work does not become slower.
final class Gate: Sendable {
  private let capacity: Int
  private let inside = Atomic(0)

  init(capacity: Int) { self.capacity = capacity }

  /// How much is admitted now.
  var count: Int { inside.load(ordering: .relaxed) }

  /// - Throws: ``Problem/busy`` if there is no room now.
  func check() throws(Problem) {
    guard count < capacity else { throw .busy }
  }

  /// Admits this many if there is any room. ``leave(_:)`` releases them.
  ///
  /// - Throws: ``Problem/busy`` if there is no room.
  func enter(_ count: Int) throws(Problem) {
    let before = inside.add(count, ordering: .relaxed).oldValue
    guard before < capacity else {
      leave(count)
      throw .busy
    }
  }

  func leave(_ count: Int) { inside.subtract(count, ordering: .relaxed) }

  /// Admits this many if there is any room, runs `body`, and releases them.
  ///
  /// - Throws: ``Problem/busy``; what `body` throws.
  @discardableResult
  func pass<Value>(_ count: Int = 1, _ body: () async throws -> Value) async throws -> Value {
    try enter(count)
    defer { leave(count) }
    return try await body()
  }
}

/// Admits a limited number of requests and refuses others at once, except for the health routes and metrics.
struct RequestGate<Context: RequestContext>: RouterMiddleware {
  let gate: Gate

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if OpenPaths.areAsked(in: request) || request.uri.path == "/metrics" {
      return try await next(request, context)
    }
    return try await gate.pass { try await next(request, context) }
  }
}

/// The paths that an orchestrator polls. It has no key, and must get an answer even from a busy server.
enum OpenPaths {
  static func areAsked(in request: Request) -> Bool {
    request.uri.path == "/v2/health/live" || request.uri.path == "/v2/health/ready"
  }
}
