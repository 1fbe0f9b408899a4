/// `.npy` files, and `.npz` archives of them.
enum NumPySource {
  private static let imageNames = ["x", "images", "data", "arr_0"]
  private static let labelNames = ["y", "labels"]

  static func openArray(_ path: String) throws(ImagingError) -> any ImageSource {
    try NumPyArray(OpenFile(path), name: path).source(path, labels: nil)
  }

  /// The array named x, images, data or arr_0, or the only one with three or four dimensions; with the
  /// labels named y or labels, if there are any.
  ///
  /// - Throws: `badSource` where no array or several could be meant; `archiveLimit`; as for a `.npy` file.
  static func openArchive(_ path: String, limits: ArchiveLimits) throws(ImagingError) -> any ImageSource {
    let shapes = try shapes(path, limits: limits)
    let images = try imageEntry(shapes, path)
    let labels = labelNames.first { shapes[$0] != nil }
    var arrays: [String: NumPyArray] = [:]
    let archive = try ArchiveReader(path, format: .zip, limits: limits)
    while let file = try archive.nextFile() {
      let name = arrayName(file)
      guard name == images || name == labels else { continue }
      let entry = try OpenFile(temporaryFor: "\(path)/\(file)") { (write) throws(ImagingError) in
        try archive.copyEntry(maximum: limits.maximumEntryBytes, to: write)
      }
      arrays[name] = try NumPyArray(entry, name: entry.name)
    }
    guard let array = arrays[images] else {
      throw ImagingError(.badSource, "'\(path)' changed while it was read")
    }
    return try array.source(path, labels: try labels.flatMap { arrays[$0] }?.integers())
  }

  private static func arrayName(_ file: String) -> String {
    file.hasSuffix(".npy") ? String(file.dropLast(4)) : file
  }

  /// The shapes of the arrays, from their headers alone.
  private static func shapes(_ path: String, limits: ArchiveLimits) throws(ImagingError) -> [String: [Int]] {
    let archive = try ArchiveReader(path, format: .zip, limits: limits)
    var shapes: [String: [Int]] = [:]
    while let file = try archive.nextFile() {
      guard file.hasSuffix(".npy") else { continue }
      var head: [UInt8] = []
      try archive.copyEntry(maximum: NumPyHeader.maximumSize) { (piece) throws(ImagingError) in
        head.append(contentsOf: piece)
      }
      shapes[arrayName(file)] = try NumPyHeader(head, name: "\(path)/\(file)").shape
    }
    return shapes
  }

  private static func imageEntry(_ shapes: [String: [Int]], _ path: String) throws(ImagingError) -> String {
    if let name = imageNames.first(where: { shapes[$0] != nil }) { return name }
    let candidates = shapes.filter { [3, 4].contains($0.value.count) }.keys.sorted()
    guard candidates.count == 1 else {
      throw ImagingError(
        .badSource,
        "'\(path)' has the arrays \(shapes.keys.sorted().joined(separator: ", ")); name the one with the "
          + "images 'x' and the one with the labels 'y', by numpy.savez(file, x=…, y=…)")
    }
    return candidates[0]
  }
}
