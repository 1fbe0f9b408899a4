/// `.npy` files, and `.npz` archives of them.
enum NumPySource {
  private static let imageNames = ["x", "images", "data", "arr_0"]
  private static let labelNames = ["y", "labels"]

  /// An array, compressed or not.
  static func openArray(_ path: String, limits: ArchiveLimits) throws(ImagingError) -> any ImageSource {
    var file = try OpenFile(path)
    if let compression = Compression(try file.read(upTo: 16)) {
      file = try compression.unpack(file, maximum: limits.maximumEntryBytes, limits: limits)
    }
    return try NumPyArray(file, name: path).source(path, labels: nil)
  }

  /// The array named x, images, data or arr_0, or the only one with three or four dimensions, with the labels
  /// named y or labels, if there are any.
  ///
  /// - Throws: `badSource` if no array or several could be meant; `archiveLimit`; as for a `.npy` file.
  static func openArchive(_ path: String, limits: ArchiveLimits) throws(ImagingError) -> any ImageSource {
    let archive = try ZipFile(OpenFile(path), limits: limits)
    let shapes = try shapes(of: archive, limits: limits)
    let images = try imageEntry(shapes, path)
    let labels = labelNames.first { shapes[$0] != nil }
    var arrays: [String: NumPyArray] = [:]
    for entry in archive.entries where [images, labels].contains(arrayName(entry.name)) {
      let file = try OpenFile(temporaryFor: "\(path)/\(entry.name)") { (write) throws(ImagingError) in
        let stream = try archive.stream(entry, limits: limits)
        while let piece = try stream.next() { try write(piece) }
      }
      arrays[arrayName(entry.name)] = try NumPyArray(file, name: file.name)
    }
    guard let array = arrays[images] else {
      throw .badSource("'\(path)' changed while it was read")
    }
    return try array.source(path, labels: try labels.flatMap { arrays[$0] }?.integers())
  }

  private static func arrayName(_ file: String) -> String {
    file.hasSuffix(".npy") ? String(file.dropLast(4)) : file
  }

  /// The shapes of the arrays, read only from their headers.
  private static func shapes(
    of archive: ZipFile, limits: ArchiveLimits
  ) throws(ImagingError) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let head = try archive.stream(entry, limits: limits).read(count: NumPyHeader.maximumSize)
      shapes[arrayName(entry.name)] = try NumPyHeader(head, name: "\(archive.file.name)/\(entry.name)").shape
    }
    return shapes
  }

  private static func imageEntry(_ shapes: [String: [Int]], _ path: String) throws(ImagingError) -> String {
    if let name = imageNames.first(where: { shapes[$0] != nil }) { return name }
    let candidates = shapes.filter { [3, 4].contains($0.value.count) }.keys.sorted()
    guard candidates.count == 1 else {
      throw .badSource(
        "'\(path)' has the arrays \(shapes.keys.sorted().joined(separator: ", ")); name the one with the "
          + "images 'x' and the one with the labels 'y', by numpy.savez(file, x=…, y=…)")
    }
    return candidates[0]
  }
}
