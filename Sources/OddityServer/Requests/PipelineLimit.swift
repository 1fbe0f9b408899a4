import NIOCore
import NIOHTTPTypes

/// Closes a connection on which many requests wait for their answers.
///
/// Clients may send requests before they have read the answers to earlier ones. A request of forty bytes
/// takes fifty times as much memory while it waits. Clients who read nothing could use up the memory of the
/// server.
final class PipelineLimit: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limit: Int
  private var waiting = 0

  init(_ limit: Int) { self.limit = limit }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) {
      waiting += 1
      if waiting == limit + 1 { context.close(promise: nil) }
    }
    // What came in the same packet is decoded all the same.
    if waiting <= limit { context.fireChannelRead(data) }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { waiting -= 1 }
    context.write(data, promise: promise)
  }
}
