import Hummingbird
import Oddity

/// A value as the JSON body of an answer.
struct JSONAnswer: ResponseGenerator {
  private let json: String

  init(_ value: some Encodable) throws { json = try value.json() }

  func response(from request: Request, context: some RequestContext) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
  }
}
