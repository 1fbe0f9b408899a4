import Hummingbird
import Synchronization

/// Counts what is inside and refuses more at once, so that what was let in keeps its time.
final class Gate: Sendable {
  private let capacity: Int
  private let inside = Atomic(0)

  init(capacity: Int) { self.capacity = capacity }

  /// What is inside now.
  var count: Int { inside.load(ordering: .relaxed) }

  /// - Throws: ``Problem/busy`` where there is no room now.
  func check() throws(Problem) {
    guard count < capacity else { throw .busy }
  }

  /// Takes in so many as long as there is any room; ``leave(_:)`` lets them out.
  ///
  /// - Throws: ``Problem/busy`` where there is none.
  func enter(_ count: Int) throws(Problem) {
    let before = inside.add(count, ordering: .relaxed).oldValue
    guard before < capacity else {
      leave(count)
      throw .busy
    }
  }

  func leave(_ count: Int) { inside.subtract(count, ordering: .relaxed) }

  /// Lets so many in together as long as there is any room, does `body`, and lets them out.
  ///
  /// - Throws: ``Problem/busy``; what `body` throws.
  @discardableResult
  func pass<Value>(_ count: Int = 1, _ body: () async throws -> Value) async throws -> Value {
    try enter(count)
    defer { leave(count) }
    return try await body()
  }
}

/// Lets so many requests in at once and refuses others straight away, but for those that ask how a busy server is.
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

/// What an orchestrator asks: it has no key, and must get an answer from a server that is busy.
enum OpenPaths {
  static func areAsked(in request: Request) -> Bool {
    request.uri.path == "/v2/health/live" || request.uri.path == "/v2/health/ready"
  }
}
