/// The image formats that Oddity reads, told apart by their first bytes; names and extensions do not count.
enum ImageFormat: Equatable {
  case jpeg, png, webP, tiff, gif, bmp, pnm

  /// For messages.
  static let names = "JPEG, PNG, WebP, TIFF, GIF, BMP or PNM"

  /// What folders and archives are searched for; in lower case.
  static let extensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "tif", "tiff", "gif", "bmp", "dib", "ppm", "pgm", "pbm",
    "pnm",
  ]

  /// Whether a file of this name is taken for an image when a folder or an archive is searched.
  static func hasImageExtension(_ path: String) -> Bool {
    guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return extensions.contains(path[path.index(after: dot)...].lowercased())
  }

  init?(_ bytes: [UInt8]) {
    if bytes.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webP
    } else if TIFFDirectory.signatures.contains(where: { bytes.starts(with: $0) }) {
      self = .tiff
    } else if bytes.starts(with: "GIF8".utf8) {
      self = .gif
    } else if bytes.starts(with: "BM".utf8) && bytes.count >= 26 || BMPHeader.isBare(bytes) {
      self = .bmp
    } else if Self.isPNM(bytes) {
      self = .pnm
    } else {
      return nil
    }
  }

  /// "P1" to "P6", then white space or a comment.
  private static func isPNM(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 2, bytes[0] == UInt8(ascii: "P") else { return false }
    let separators = [9, 10, 11, 12, 13, 32, UInt8(ascii: "#")]
    return (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[1]) && separators.contains(bytes[2])
  }
}
