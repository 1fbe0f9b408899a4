import Foundation
import HTTPTypes

/// A request as bytes: a line `POST /v1/score`, header lines, an empty line and the body. Anything that
/// cannot be sent is left out, so that any bytes form a request.
struct RequestText {
  private(set) var method = HTTPRequest.Method.post
  private(set) var path = "/"
  private(set) var headers: HTTPFields = [:]
  let body: [UInt8]

  init(_ bytes: [UInt8]) {
    let end = Self.endOfHead(bytes)
    body = Array(bytes[min(end + 2, bytes.count)...])
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n")
    guard let first = lines.first else { return }
    let words = first.split(separator: " ", maxSplits: 1)
    if let word = words.first, let method = HTTPRequest.Method(String(word)) { self.method = method }
    if words.count == 2 { path = String(words[1]) }
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { continue }
      headers[name] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    headers[.contentLength] = "\(body.count)"
  }

  var head: HTTPRequest {
    HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers)
  }

  private static func endOfHead(_ bytes: [UInt8]) -> Int {
    let lineEnd = UInt8(ascii: "\n")
    return bytes.indices.dropLast().first { bytes[$0] == lineEnd && bytes[$0 + 1] == lineEnd } ?? bytes.count
  }
}
