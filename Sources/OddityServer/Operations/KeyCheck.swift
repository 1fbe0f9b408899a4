import Foundation
import HTTPTypes
import Hummingbird
import Oddity

/// The keys of the clients that may use the server.
///
/// Only digests are stored. A key is compared with all of them, each in constant time, so the duration of the
/// check reveals nothing.
public struct APIKeys: Sendable {
  private let digests: [SHA256.Digest]

  private static let shortest = 16

  /// - Parameter text: one key per line. Empty lines and lines that begin with `#` are ignored.
  /// - Throws: ``OddityError`` `.usage` if there is no key, or if one is easy to guess.
  public init(_ text: String, from name: String) throws(OddityError) {
    let keys = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    guard !keys.isEmpty else { throw OddityError(.usage, "\(name) holds no key: write one key per line") }
    guard keys.allSatisfy({ $0.utf8.count >= Self.shortest }) else {
      throw OddityError(
        .usage,
        "\(name) has a key with fewer than \(Self.shortest) characters: make one with 'openssl rand -hex 32'")
    }
    digests = keys.map { SHA256.hash(data: Data($0.utf8)) }
  }

  func admits(_ key: String) -> Bool {
    let digest = SHA256.hash(data: Data(key.utf8))
    // Digests are compared in constant time.
    return digests.reduce(false) { admitted, known in (known == digest) || admitted }
  }
}

/// Refuses requests without a valid key, except for the health routes.
///
/// The key comes as `Authorization: Bearer KEY`, or as the password of basic authentication, which browsers
/// ask for.
struct KeyCheck<Context: RequestContext>: RouterMiddleware {
  let keys: APIKeys

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if OpenPaths.areAsked(in: request) { return try await next(request, context) }
    guard let key = Self.key(request.headers[.authorization]), keys.admits(key) else {
      throw Problem(
        .unauthorized, "send 'Authorization: Bearer KEY' with a key of this server",
        headers: [.wwwAuthenticate: #"Bearer, Basic realm="oddity", charset="UTF-8""#])
    }
    return try await next(request, context)
  }

  private static func key(_ header: String?) -> String? {
    guard let words = header?.split(separator: " ", maxSplits: 1), words.count == 2 else { return nil }
    let value = words[1].trimmingCharacters(in: .whitespaces)
    switch words[0].lowercased() {
    case "bearer": return value
    case "basic":
      guard let data = Data(base64Encoded: value), let colon = data.firstIndex(of: UInt8(ascii: ":")) else {
        return nil
      }
      return String(decoding: data[(colon + 1)...], as: UTF8.self)
    default: return nil
    }
  }
}
