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

/// Formats that Oddity does not read, told apart by their first bytes, so that messages can call them by name.
enum ForeignFormat {
  /// With its article; nil where the bytes look like none that Oddity has heard of.
  static func name(of bytes: [UInt8]) -> String? {
    let known = signatures.first { bytes.dropFirst($0.offset).starts(with: $0.bytes) }
    return known?.name ?? isoMedia(bytes) ?? markup(bytes)
  }

  private struct Signature {
    let name: String
    let bytes: [UInt8]
    let offset: Int

    init(_ name: String, _ text: String, at offset: Int = 0) {
      self.init(name, Array(text.utf8), at: offset)
    }

    init(_ name: String, _ bytes: [UInt8], at offset: Int = 0) {
      (self.name, self.bytes, self.offset) = (name, bytes, offset)
    }
  }

  private static let signatures = [
    Signature("a JPEG 2000 image", [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20]),
    Signature("a JPEG 2000 image", [0xff, 0x4f, 0xff, 0x51]),
    Signature("a JPEG XL image", [0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20]),
    Signature("a JPEG XL image", [0xff, 0x0a]),
    Signature("a JPEG XR image", [0x49, 0x49, 0xbc]),
    Signature("a floating-point image (PFM)", "Pf"),
    Signature("a floating-point image (PFM)", "PF"),
    Signature("a PAM image", "P7"),
    Signature("a PNM image in CMYK", "P0CMYK"),
    Signature("a PNM image of Pillow's own kind", "Py"),
    Signature("a Photoshop document", "8BPS"),
    Signature("a Windows icon", [0, 0, 1, 0]),
    Signature("a Windows cursor", [0, 0, 2, 0]),
    Signature("a macOS icon", "icns"),
    Signature("an OpenEXR image", [0x76, 0x2f, 0x31, 0x01]),
    Signature("a Radiance image", "#?R"),
    Signature("a DirectDraw surface (DDS)", "DDS "),
    Signature("a QOI image", "qoif"),
    Signature("a FITS image", "SIMPLE  ="),
    Signature("a DICOM file", "DICM", at: 128),
    Signature("an MNG animation", [0x8a, 0x4d, 0x4e, 0x47]),
    Signature("a JNG image", [0x8b, 0x4a, 0x4e, 0x47]),
    Signature("a BPG image", [0x42, 0x50, 0x47, 0xfb]),
    Signature("a FLIF image", "FLIF"),
    Signature("an SGI image", [0x01, 0xda]),
    Signature("a Sun raster image", [0x59, 0xa6, 0x6a, 0x95]),
    Signature("an XPM image", "/* XPM */"),
    Signature("a PDF document", "%PDF-"),
    Signature("a PostScript document", "%!PS"),
    Signature("a DjVu document", "AT&TFORM"),
    Signature("a PCX image", [0x0a, 0x05, 0x01]),
    Signature(
      "a pointer of Git LFS, not the image itself ('git lfs pull' gets that)",
      "version https://git-lfs.github.com/"),
    Signature("a file of pickled Python objects", [0x80, 2]),
    Signature("a file of pickled Python objects", [0x80, 3]),
    Signature("a file of pickled Python objects", [0x80, 4]),
    Signature("a file of pickled Python objects", [0x80, 5]),
    Signature("an LMDB database", [0xde, 0xc0, 0xef, 0xbe], at: 16),
    Signature("an SQLite database", "SQLite format 3"),
  ]

  /// HEIF and its kin, by the brand of an ISO media file.
  private static func isoMedia(_ bytes: [UInt8]) -> String? {
    guard bytes.dropFirst(4).starts(with: "ftyp".utf8), bytes.count >= 12 else { return nil }
    switch String(decoding: bytes[8..<12], as: UTF8.self) {
    case "avif", "avis": return "an AVIF image"
    case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1": return "a HEIC image"
    case "crx ": return "a raw photo (CR3)"
    default: return "a video"
    }
  }

  private static func markup(_ bytes: [UInt8]) -> String? {
    let start = String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased()
    if start.contains("<svg") { return "an SVG drawing" }
    return start.contains("<!doctype html") || start.contains("<html") ? "an HTML page" : nil
  }
}
