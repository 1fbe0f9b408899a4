import Hummingbird

/// `/metrics`, in Prometheus' text format.
struct MetricsRoutes<Context: RequestContext>: Sendable {
  let shelf: ModelShelf
  let metrics: ServerMetrics
  let registry: PrometheusRegistry

  func add(to router: Router<Context>) {
    router.get("metrics") { _, _ in
      for model in shelf.models { metrics.refresh(model) }
      return Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: registry.text)))
    }
  }
}
