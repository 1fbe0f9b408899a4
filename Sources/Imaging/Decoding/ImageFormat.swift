/// The image formats that Oddity reads. They are recognised by their first bytes, not by names and
/// extensions.
enum ImageFormat: Equatable {
  case jpeg, png, webP, tiff, gif, bmp, pnm

  /// For messages.
  static let names = "JPEG, PNG, WebP, TIFF, GIF, BMP or PNM"

  /// The extensions that folders and archives are searched for, in lower case.
  static let extensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "tif", "tiff", "gif", "bmp", "dib", "ppm", "pgm", "pbm",
    "pnm",
  ]

  /// Whether a file with this name counts as an image when a folder or an archive is searched.
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

/// Formats that Oddity does not read. They are recognised by their first bytes, so that messages can name
/// them.
enum ForeignFormat {
  /// The name with its article; nil if the bytes match no known format.
  static func name(of bytes: [UInt8]) -> String? {
    if bytes.dropFirst(128).starts(with: "DICM".utf8) { return "a DICOM file" }
    if bytes.dropFirst(16).starts(with: [0xde, 0xc0, 0xef, 0xbe]) { return "an LMDB database" }
    let known = signatures.first { signature in
      signature.starts.contains { bytes.starts(with: $0.unicodeScalars.map { UInt8($0.value) }) }
    }
    return known?.name ?? isoMedia(bytes) ?? markup(bytes)
  }

  /// The first bytes as scalars.
  private static let signatures: [(starts: [String], name: String)] = [
    (["\0\0\0\u{0c}jP  ", "\u{ff}O\u{ff}Q"], "a JPEG 2000 image"),
    (["\0\0\0\u{0c}JXL ", "\u{ff}\n"], "a JPEG XL image"),
    (["II\u{bc}"], "a JPEG XR image"),
    (["Pf", "PF"], "a floating-point image (PFM)"),
    (["P7"], "a PAM image"),
    (["P0CMYK"], "a PNM image in CMYK"),
    (["Py"], "a PNM image of Pillow's own kind"),
    (["8BPS"], "a Photoshop document"),
    (["\0\0\u{1}\0"], "a Windows icon"),
    (["\0\0\u{2}\0"], "a Windows cursor"),
    (["icns"], "a macOS icon"),
    (["v/1\u{1}"], "an OpenEXR image"),
    (["#?R"], "a Radiance image"),
    (["DDS "], "a DirectDraw surface (DDS)"),
    (["qoif"], "a QOI image"),
    (["SIMPLE  ="], "a FITS image"),
    (["\u{8a}MNG"], "an MNG animation"),
    (["\u{8b}JNG"], "a JNG image"),
    (["BPG\u{fb}"], "a BPG image"),
    (["FLIF"], "a FLIF image"),
    (["\u{1}\u{da}"], "an SGI image"),
    (["Y\u{a6}j\u{95}"], "a Sun raster image"),
    (["/* XPM */"], "an XPM image"),
    (["%PDF-"], "a PDF document"),
    (["%!PS"], "a PostScript document"),
    (["AT&TFORM"], "a DjVu document"),
    (["\n\u{5}\u{1}"], "a PCX image"),
    ([gitPointer], "a pointer of Git LFS, not the image itself ('git lfs pull' gets that)"),
    (
      ["\u{80}\u{2}", "\u{80}\u{3}", "\u{80}\u{4}", "\u{80}\u{5}"],
      "a file of pickled Python objects"
    ),
    (["SQLite format 3"], "an SQLite database"),
  ]

  /// The beginning of the text that Git LFS leaves instead of a large file.
  static let gitPointer = "version https://git-lfs.github.com/"

  /// HEIF and related formats, by the brand of an ISO media file.
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
