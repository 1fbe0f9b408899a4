import Hummingbird

/// `/openapi.json`
struct OpenAPIRoutes<Context: RequestContext>: Sendable {
  let shelf: ModelShelf
  let hasKeys: Bool

  func add(to router: Router<Context>) {
    router.get("openapi.json") { _, _ in
      let document = OpenAPIDocument(models: shelf.models, hasKeys: hasKeys)
      return Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: try document.json)))
    }
  }
}
