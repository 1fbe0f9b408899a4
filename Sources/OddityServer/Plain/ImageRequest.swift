import Foundation
import Hummingbird
import Imaging

/// The images of a request by the plain protocol: one image file, or a list of them in JSON or in a tar.
struct ImageRequest {
  let images: [EncodedImage]
  let names: [String]
  /// Whether the answer is a list too.
  let isList: Bool

  /// A list in JSON.
  private struct List: Decodable {
    struct Image: Decodable {
      let name: String?
      /// An image file in base64.
      let data: Data
    }
    let images: [Image]
  }

  /// - Parameter contentType: only JSON and tar are looked at; an image's own bytes say what it is.
  /// - Throws: ``Problem``; `ImagingError` for a tar.
  init(_ body: ByteBuffer, contentType: String?, limits: ServerLimits) throws {
    guard body.readableBytes > 0 else { throw Problem(.badRequest, "the body is empty: send an image file") }
    let bytes = Array(body.readableBytesView)
    switch MediaType(contentType) {
    case .json:
      let list = try Self.list(bytes)
      images = list.images.enumerated().map { .bytes(Array($1.data), name: $1.name ?? "image \($0)") }
      names = list.images.enumerated().map { $1.name ?? "image \($0)" }
      isList = true
    case .tar:
      let entries = try TarBytes.images(bytes, name: "the tar", limits: limits.archive)
      images = entries.map(\.image)
      names = entries.map(\.name)
      isList = true
    case .other:
      images = [.bytes(bytes, name: "the image")]
      names = ["the image"]
      isList = false
    }
    guard !images.isEmpty else { throw Problem(.badRequest, "the request holds no image") }
  }

  private static func list(_ bytes: [UInt8]) throws(Problem) -> List {
    do {
      return try JSONDecoder().decode(List.self, from: Data(bytes))
    } catch {
      throw Problem(
        .badRequest,
        #"the body is not {"images": [{"name": TEXT, "data": BASE64}, …]}; names may be left out"#)
    }
  }
}

/// The content types that change how a body is read.
enum MediaType {
  case json, tar, other

  init(_ header: String?) {
    let type = header?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
    switch type {
    case "application/json": self = .json
    case "application/x-tar", "application/tar": self = .tar
    default: self = .other
    }
  }
}
