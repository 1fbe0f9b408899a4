import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection if its client is too slow to send its request or to read the answer.
///
/// The limit holds for the whole body, so a client gains nothing by sending single bytes. It is answered
/// with 408. If an answer was sent already (a body that is too large is answered after its head), or if the client
/// does not read its answer, the connection is closed without another answer.
final class ExchangeDeadline: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limit: TimeAmount
  private var request: Scheduled<Void>?
  private var answer: Scheduled<Void>?
  private var isAnswered = false

  /// - Parameter limit: the longest time for the body to arrive, and for the answer to be sent.
  init(after limit: Duration) { self.limit = TimeAmount(limit) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      isAnswered = false
      request?.cancel()
      request = schedule(context) { $0.giveUp($1) }
    case .body: break
    case .end: request?.cancel()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      isAnswered = true
      answer?.cancel()
      answer = schedule(context) { _, context in context.close(promise: nil) }
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      let sent = promise ?? context.eventLoop.makePromise()
      let deadline = answer
      sent.futureResult.whenComplete { _ in deadline?.cancel() }
      context.write(data, promise: sent)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  private func schedule(
    _ context: ChannelHandlerContext, _ body: @escaping (ExchangeDeadline, ChannelHandlerContext) -> Void
  ) -> Scheduled<Void> {
    context.eventLoop.assumeIsolated().scheduleTask(in: limit) { body(self, context) }
  }

  private func end() {
    request?.cancel()
    answer?.cancel()
  }

  private func giveUp(_ context: ChannelHandlerContext) {
    if !isAnswered {
      let problem = Problem(
        .requestTimeout, "the body did not arrive within \(Double(limit.nanoseconds) / 1e9) seconds")
      let body = ByteBuffer(string: problem.json)
      let headers: HTTPFields = [
        .contentType: Problem.mediaType, .contentLength: "\(body.readableBytes)", .connection: "close",
      ]
      let head = HTTPResponse(status: problem.status, headerFields: headers)
      for part: HTTPResponsePart in [.head(head), .body(body), .end(nil)] {
        context.write(wrapOutboundOut(part), promise: nil)
      }
      context.flush()
    }
    context.close(promise: nil)
  }
}

/// Answers "100 Continue" to clients that ask before they send a body. Without it, curl would wait a second
/// before each image above a megabyte. If the body is too large, the client is not asked to send it.
final class ContinueHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundOut = HTTPResponsePart

  private let bodyBytes: Int

  init(bodyBytes: Int) { self.bodyBytes = bodyBytes }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data), isWelcome(head) {
      context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }
    context.fireChannelRead(data)
  }

  private func isWelcome(_ head: HTTPRequest) -> Bool {
    guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return false }
    return (head.headerFields.announcedLength ?? 0) <= bodyBytes
  }
}
