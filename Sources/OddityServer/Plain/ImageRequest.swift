import Foundation
import Hummingbird
import Imaging

/// The images of a request in the plain protocol: one image file, or several in JSON, in a tar or in a form.
struct ImageRequest: Sendable {
  let images: [EncodedImage]
  /// Whether the answer has to be a list too.
  let isList: Bool
  /// The source of the images, if the body names it.
  let source: String?

  /// A list of images in JSON.
  private struct List: Decodable {
    struct Image: Decodable {
      let name: String?
      /// An image file in base64. It may have line breaks.
      let data: String
    }
    let source: String?
    let images: [Image]
  }

  /// - Parameter contentType: only JSON, tar and forms are recognised by it. The format of a single image is
  ///   recognised from its bytes.
  /// - Throws: ``Problem``; `ImagingError` for a tar.
  init(_ body: ByteBuffer, contentType: String?, limits: ServerLimits) throws {
    guard body.readableBytes > 0 else { throw Problem(.badRequest, "the body is empty: send an image file") }
    let bytes = Array(body.readableBytesView)
    let type = contentType.map(Self.mediaType)
    switch type {
    case Self.json:
      let list = try Self.list(bytes)
      images = try list.images.enumerated().map { position, image in
        let name = image.name ?? "image \(position)"
        return EncodedImage(try Self.file(image.data, name: name), name: name)
      }
      (isList, source) = (true, list.source)
    case "application/x-tar", "application/tar":
      images = try TarBytes.images(bytes, name: "the tar", limits: limits.archive)
      (isList, source) = (true, nil)
    case "multipart/form-data":
      let parts = try FormData(bytes, contentType: contentType ?? "").parts
      images = parts.filter { $0.fileName != nil }.enumerated().map { position, part in
        let name = part.fileName.flatMap { $0.isEmpty ? nil : $0 } ?? "image \(position)"
        return EncodedImage(part.content, name: name)
      }
      let source = parts.first { $0.name == "source" && $0.fileName == nil }
      (isList, self.source) = (images.count > 1, source.map { String(decoding: $0.content, as: UTF8.self) })
      if images.isEmpty, let field = parts.first(where: { $0.name != "source" }) {
        throw Problem(
          .badRequest,
          "the form's field '\(field.name)' is a text, not a file: send the file itself, as 'curl -F "
            + "\(field.name)=@FILE' does"
        )
      }
    default:
      // curl sends this type if the user names no other.
      try Self.refuseOtherBodies(bytes, mayBeStripped: type == "application/x-www-form-urlencoded")
      images = [.bytes(bytes, name: "the image")]
      (isList, source) = (false, nil)
    }
    guard !images.isEmpty else { throw Problem(.badRequest, "the request holds no image") }
  }

  static let json = "application/json"

  /// The type without its parameters.
  static func mediaType(_ contentType: String) -> String {
    contentType.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
  }

  /// Refuses bodies that a client sends instead of an image by mistake.
  private static func refuseOtherBodies(_ bytes: [UInt8], mayBeStripped: Bool) throws(Problem) {
    let stripped: Set<UInt8> = [0, 10, 13]
    // Every image file contains at least one of the bytes that curl strips.
    if mayBeStripped, !bytes.contains(where: stripped.contains) {
      throw Problem(
        .unprocessableContent,
        "the body has lost its zero bytes and line ends, as happens with 'curl -d @FILE': send it with "
          + "--data-binary @FILE"
      )
    }
    let first = bytes.first { !stripped.contains($0) && $0 != 32 && $0 != 9 }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      throw Problem(
        .unsupportedMediaType, "the body is JSON: send it with the header Content-Type: application/json")
    }
    if bytes.starts(with: [0x1F, 0x8B]) {
      throw Problem(
        .unsupportedMediaType,
        "the body is compressed with gzip: send an image file, or a plain tar with the header Content-Type: application/x-tar"
      )
    }
    if bytes.dropFirst(257).starts(with: "ustar".utf8) {
      throw Problem(
        .unsupportedMediaType, "the body is a tar: send it with the header Content-Type: application/x-tar")
    }
  }

  private static func list(_ bytes: [UInt8]) throws(Problem) -> List {
    do {
      return try JSONDecoder().decode(List.self, from: Data(bytes))
    } catch {
      throw Problem(
        .badRequest,
        #"the body is not {"images": [{"name": TEXT, "data": BASE64}, …]}; 'name' may be left out"#)
    }
  }

  private static let breaks = Set(" \t\r\n".utf8)

  private static func file(_ text: String, name: String) throws(Problem) -> Data {
    guard let data = Data(base64Encoded: Data(text.utf8.filter { !Self.breaks.contains($0) })) else {
      throw Problem(.badRequest, "the 'data' of '\(name)' is not base64")
    }
    return data
  }
}

extension ServedModel {
  /// Reads the images of a body on a thread that may block, because a list, a tar or a form of many images
  /// takes long.
  ///
  /// - Throws: as ``ImageRequest/init(_:contentType:limits:)``.
  func images(in body: ByteBuffer, contentType: String?) async throws -> ImageRequest {
    let isJSON = contentType.map(ImageRequest.mediaType) == ImageRequest.json
    return try await threads(forJSON: isJSON ? body.readableBytes : 0).run { [limits] in
      try ImageRequest(body, contentType: contentType, limits: limits)
    }
  }
}
