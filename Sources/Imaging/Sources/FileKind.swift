import Foundation

/// The kind of a source's file, recognised by its first bytes or, if these do not tell, by its name.
enum FileKind {
  case tar, zip, npy, npz, idx, cifar, image

  /// A file with the name of an image that cannot be opened counts as an image, so that reading it gives an
  /// error in its place.
  ///
  /// - Throws: `unreadable`, `truncated` or `badSource` for compressed files.
  init(_ path: String) throws(ImagingError) {
    let file: OpenFile
    do throws(ImagingError) {
      file = try OpenFile(path)
    } catch {
      guard ImageFormat.hasImageExtension(path) else { throw error }
      self = .image
      return
    }
    guard file.size > 0 || ImageFormat.hasImageExtension(path) else {
      throw ImagingError(.empty, "'\(path)' is empty; replace it")
    }
    let head = try file.read(upTo: Self.headSize)
    if let compression = Compression(head) {
      self = try Self.within(file, compression)
    } else if ImageFormat(head) != nil {
      self = .image
    } else if let kind = Self.otherArchives.first(where: { head.starts(with: $0.magic) })?.name {
      throw .unsupported(
        "'\(path)' is packed with \(kind), which Oddity does not read; unpack it, or make a tar or zip of it")
    } else if head.starts(with: ForeignFormat.gitPointer.utf8) {
      throw ImagingError(
        .unreadable,
        "'\(path)' is a pointer of Git LFS, not the file itself; run 'git lfs pull' where it lies")
    } else if head.starts(with: NumPyHeader.magic) {
      self = .npy
    } else if head.starts(with: [0x50, 0x4b, 3, 4]) || head.starts(with: [0x50, 0x4b, 5, 6]) {
      self = try Self.inZip(file)
    } else if IDXSource.isIDX(head), !path.hasSuffix(".bin") {
      self = .idx
    } else if !ImageFormat.hasImageExtension(path), !path.hasSuffix(".bin"), Self.endsInZip(file) {
      self = try Self.inZip(file)
    } else {
      self = try Self.byName(path, head: head)
    }
  }

  private static let headSize = 512

  /// Archive formats that are refused with their name.
  private static let otherArchives: [(name: String, magic: [UInt8])] = [
    ("7-Zip", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]), ("RAR", Array("Rar!".utf8) + [0x1a, 7]),
    ("HDF5", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]), ("Parquet", Array("PAR1".utf8)),
    ("Arrow", Array("ARROW1".utf8)), ("lz4", [0x04, 0x22, 0x4d, 0x18]), ("lzip", Array("LZIP".utf8)),
    ("compress", [0x1f, 0x9d]),
  ]

  /// Whether other bytes come before a zip archive, such as a program that unpacks it.
  private static func endsInZip(_ file: OpenFile) -> Bool {
    guard let directory = try? ZipDirectory(file) else { return false }
    return directory.count > 0 && (try? directory.entries()) != nil
  }

  private static func byName(_ path: String, head: [UInt8]) throws(ImagingError) -> FileKind {
    let name = path.lowercased()
    if isTar(head) || name.hasSuffix(".tar") { return .tar }
    if name.hasSuffix(".bin") { return .cifar }
    if name.hasSuffix(".npy") || name.hasSuffix(".npz") || name.hasSuffix("-ubyte") {
      throw .badSource("'\(path)' is not what its name says; replace it")
    }
    guard ImageFormat.hasImageExtension(path) || ForeignFormat.name(of: head) != nil else {
      throw .badSource("'\(path)' \(refusal(name, head: head))")
    }
    return .image
  }

  /// The extensions of model files.
  private static let models = [
    "onnx", "pt", "pth", "ckpt", "safetensors", "pb", "tflite", "h5", "hdf5", "keras", "engine", "plan",
    "mlmodel", "gguf",
  ]

  /// The description of a file that is neither recognised nor named as an image, as the rest of a sentence
  /// that begins with its name.
  private static func refusal(_ name: String, head: [UInt8]) -> String {
    if models.contains(where: { name.hasSuffix("." + $0) }) {
      return
        "is a model, not images: name the model first, then a folder, an archive or a list of images"
    }
    if !head.contains(where: { $0 < 9 || (14..<32).contains($0) && $0 != 27 }) {
      return
        "is a text file, not an image: if each line is the path of an image, write @\(name)"
    }
    return
      "is not an image, archive or array that Oddity reads; name \(ImageFormat.names), a folder, or a tar or "
      + "zip of them"
  }

  private static func within(_ file: OpenFile, _ compression: Compression) throws(ImagingError) -> FileKind {
    let name = file.name.lowercased()
    if name.contains(/\.tar\.[a-z0-9]+$/) || name.contains(/\.t(gz|xz|bz2?|zst)$/) { return .tar }
    let head = try compression.head(of: file, count: headSize)
    if IDXSource.isIDX(head) { return .idx }
    if isTar(head) { return .tar }
    if head.starts(with: NumPyHeader.magic) { return .npy }
    throw .badSource(
      "'\(file.name)' is packed with \(compression) but does not hold a tar, IDX file or NumPy array; unpack "
        + "it and name its content"
    )
  }

  /// An `.npz` is a zip of arrays.
  private static func inZip(_ file: OpenFile) throws(ImagingError) -> FileKind {
    if file.name.lowercased().hasSuffix(".npz") { return .npz }
    let files = try ZipFile(file, limits: .default).entries.filter { !$0.name.hasHiddenComponent }.map(\.name)
    let holdsArrays = files.contains { $0.hasSuffix(".npy") }
    if !holdsArrays, ImageFormat.hasImageExtension(file.name) {
      throw ImagingError(
        .notAnImage,
        "'\(file.name)' has the extension of an image, but is a zip archive; rename it, or leave it out")
    }
    return holdsArrays && !files.contains(where: ImageFormat.hasImageExtension) ? .npz : .zip
  }

  private static func isTar(_ head: [UInt8]) -> Bool { head.dropFirst(257).starts(with: "ustar".utf8) }

  static func isRegularFile(_ path: String) -> Bool { mode(of: path) == S_IFREG }

  static func isFolder(_ path: String) -> Bool { mode(of: path) == S_IFDIR }

  static func mode(of path: String) -> mode_t? {
    var status = stat()
    return FileName.withCString(path) { stat($0, &status) } == 0 ? status.st_mode & S_IFMT : nil
  }
}
