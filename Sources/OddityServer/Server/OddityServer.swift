import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Oddity
import ServiceLifecycle
import Synchronization

/// Serves guarded models over HTTP.
///
/// You can mount ``router()`` in your own application, and run ``services(logger:)`` beside it.
/// ``run(host:port:logger:onRunning:)`` is what `oddity serve` calls.
public struct OddityServer: Sendable {
  public typealias Context = BasicRequestContext

  /// Sorted by name.
  let models: [ServedModel]
  let bodies: BodyReader
  let readiness: Readiness
  private let options: ServerOptions
  private let metrics = ServerMetrics()
  private let webhook: Webhook?

  /// - Parameter models: the detectors, with the names that requests use.
  /// - Throws: ``OddityError`` `.usage` if two models have the same name.
  public init(_ models: [(name: String, detector: Detector)], options: ServerOptions = ServerOptions()) throws
  {
    try self.init(models, options: options, decoding: .decoding)
  }

  init(
    _ models: [(name: String, detector: Detector)], options: ServerOptions, decoding: BlockingThreads
  ) throws {
    self.options = options
    try Self.checkNames(models.map(\.name))
    let webhook = options.webhook.map { [metrics] in Webhook($0, metrics: metrics) }
    self.webhook = webhook
    self.models = try models.sorted { $0.name < $1.name }.map { [metrics] in
      try ServedModel(
        $0.name, $0.detector, options: options, metrics: metrics, webhook: webhook, decoding: decoding)
    }
    bodies = BodyReader(options.limits)
    readiness = Readiness(notice: options.limits.shutdownNotice)
  }

  /// - Throws: ``OddityError`` `.usage` if two models have the same name.
  package static func checkNames(_ names: [String]) throws(OddityError) {
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw OddityError(
        .usage,
        "two models have the name '\(twice)': clients name a model by its file's name, so rename one of the files"
      )
    }
  }

  /// All routes. They report errors as problem details.
  public func router() -> Router<Context> {
    let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: TakingTurns())
    router.add(middleware: RequestRecord(metrics: metrics))
    router.add(middleware: SafetyHeaders())
    router.add(middleware: ProblemMiddleware())
    router.add(middleware: RequestGate(gate: Gate(capacity: options.limits.concurrentRequests)))
    if let keys = options.keys { router.add(middleware: KeyCheck(keys: keys)) }
    addInference(to: router.group("v2"))
    addScoring(to: router.group("v1"))
    addAssessment(to: router.group("v1"))
    addDrift(to: router.group("v1"))
    addPage(to: router)
    let description = OpenAPIDocument(models: models.map(\.name), hasKeys: options.keys != nil).json.line
    router.get("openapi.json") { _, _ in Response(description, type: "application/json") }
    router.get("metrics") { _, _ in
      for model in models { metrics.refresh(queued: model.queue.count, model.drift, model: model.name) }
      return Response(metrics.text, type: "text/plain; version=0.0.4; charset=utf-8")
    }
    router.refuseUndeclaredMethods()
    return router
  }

  /// The services to run beside the routes: one saves streams, if there is a store, and one calls the
  /// webhook, if there is one.
  public func services(logger: Logger) -> [any Service] {
    let keeper = options.store.map { StreamKeeper(models: models, store: $0, logger: logger) as any Service }
    let teller = webhook.map { WebhookService(webhook: $0, logger: logger) as any Service }
    return [keeper, teller].compactMap { $0 }
  }

  /// Listens until the process is told to stop (SIGTERM, SIGINT). Then it reports that it is not ready,
  /// finishes the requests that it has, and returns.
  ///
  /// - Parameter onRunning: called with the port that the server listens on.
  /// - Throws: ``OddityError`` `.usage` if it cannot listen, `.output` if the streams cannot be saved at the
  ///   end.
  package func run(
    host: String, port: Int, logger: Logger, onRunning: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws {
    let isRunning = Atomic(false)
    let connections = try OpenFiles.makeRoom(forConnections: options.limits.connections)
    let application = application(host: host, port: port, connections: connections, logger: logger) { port in
      isRunning.store(true, ordering: .releasing)
      onRunning(port)
    }
    // Services stop in reverse order: first readiness, then the requests, then the store of the streams.
    var configuration = ServiceGroupConfiguration(
      services: services(logger: logger) + [application, readiness],
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: logger)
    configuration.maximumGracefulShutdownDuration =
      options.limits.shutdownNotice + options.limits.bodyTime + Self.patience
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch  where !isRunning.load(ordering: .acquiring) {
      let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
      throw OddityError(
        .usage, "cannot listen at \(host), port \(port): \(reason); choose another \(.host) or \(.port)",
        underlying: error)
    }
  }

  /// How many connections the system holds until they are accepted. Many can arrive at the same moment.
  private static let backlog = 4_096

  /// On one connection. Hardly any client sends a second request before it has read the first answer.
  private static let pipelinedRequests = 128

  /// Time for requests in flight, in addition to the time that clients have to send and read.
  private static let patience = Duration.seconds(15)

  private func application(
    host: String, port: Int, connections: Int, logger: Logger, onRunning: @escaping @Sendable (Int) -> Void
  ) -> some ApplicationProtocol {
    let limits = options.limits
    let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
      maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes)
    return Application(
      router: router(),
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [
            PipelineLimit(Self.pipelinedRequests), ContinueHandler(bodyBytes: limits.bodyBytes),
            ExchangeDeadline(after: limits.bodyTime),
          ],
          idleTimeout: TimeAmount(limits.idleTime), httpDecoderConfiguration: decoder)),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port), serverName: nil, backlog: Self.backlog,
        availableConnectionsDelegate: MaximumAvailableConnections(connections)),
      onServerRunning: { channel in onRunning(channel.localAddress?.port ?? port) }, logger: logger)
  }

  /// The model that the path of a request names.
  ///
  /// - Throws: ``Problem`` 404.
  func model(_ context: Context) throws -> ServedModel {
    let name = try context.decodedParameter("name")
    guard let model = models.first(where: { $0.name == name }) else {
      throw Problem(.notFound, "there is no model '\(name)'; GET /v1/models lists them")
    }
    return model
  }
}

extension RequestContext {
  /// A parameter of the path with its percent-encoding decoded, which the router does not do.
  ///
  /// - Throws: ``Problem`` 400 if it is not UTF-8 text.
  func decodedParameter(_ name: String) throws -> String {
    guard let text = try parameters.require(name).removingPercentEncoding else {
      throw Problem(.badRequest, "the path is not percent-encoded UTF-8")
    }
    return text
  }
}

/// Whether the server accepts new work.
///
/// When it is told to stop, it reports at once that it is not ready. It then still accepts requests for a
/// while, so that a load balancer notices before connections are closed.
final class Readiness: Service {
  private let value = Atomic(true)
  private let notice: Duration

  /// - Parameter notice: how long the server still accepts requests after it reports that it is not ready.
  init(notice: Duration) { self.notice = notice }

  /// - Throws: ``Problem`` 503 if the server is not ready.
  func check() throws(Problem) {
    guard value.load(ordering: .acquiring) else {
      throw Problem(.serviceUnavailable, "the server is shutting down")
    }
  }

  func run() async throws {
    try? await gracefulShutdown()
    value.store(false, ordering: .releasing)
    try? await Task.sleep(for: notice)
  }
}
