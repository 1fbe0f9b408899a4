import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Says "100 Continue" to clients that ask before they send a body: curl waits for it for a second with each image above a
/// megabyte. A body that is too large is not asked for.
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
