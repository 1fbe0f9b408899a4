import Foundation
import Hummingbird

/// A value as the JSON body of an answer.
struct JSONAnswer: ResponseGenerator {
  private let bytes: Data

  init(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    bytes = try encoder.encode(value)
  }

  func response(from request: Request, context: some RequestContext) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
