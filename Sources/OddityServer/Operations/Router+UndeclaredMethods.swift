import HTTPTypes
import Hummingbird

extension Router {
  /// Answers 405 with `Allow` to methods that a path does not have, for all paths so far; the router itself says 404.
  func refuseUndeclaredMethods() {
    let byPath = Dictionary(grouping: routes) { $0.path.description }
    for endpoints in byPath.values {
      let path = endpoints[0].path
      let declared = Set(endpoints.map(\.method))
      // HEAD is made of GET.
      let allowed = declared.union(declared.contains(.get) ? [.head] : [])
      let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
      for method in Self.methods where !allowed.contains(method) {
        on(path, method: method) { _, _ -> Response in
          var problem = Problem(.methodNotAllowed, "this path takes \(names)")
          problem.headers[.allow] = names
          throw problem
        }
      }
    }
  }

  private static var methods: [HTTPRequest.Method] {
    [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]
      + [HTTPRequest.Method("QUERY")].compactMap(\.self)
  }
}
