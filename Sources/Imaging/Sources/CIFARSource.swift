/// The binary version of CIFAR-10 and CIFAR-100: rows of one or two label bytes, then 32×32 red, green and
/// blue planes.
enum CIFARSource {
  private static let side = 32
  private static let planeBytes = side * side

  /// The label bytes before each image: 1 in CIFAR-10, 2 (coarse, fine) in CIFAR-100; nil for other sizes.
  static func labelBytes(fileSize: Int) -> Int? {
    guard fileSize > 0 else { return nil }
    return [1, 2].first { fileSize % ($0 + 3 * planeBytes) == 0 }
  }

  /// - Throws: `badSource` for a file of another size, `unreadable`.
  static func open(_ path: String) throws(ImagingError) -> any ImageSource {
    let file = try OpenFile(path)
    guard let labelBytes = labelBytes(fileSize: file.size) else {
      throw ImagingError(
        .badSource,
        "'\(path)' has \(file.size) bytes, which is no whole number of CIFAR rows (3073 or 3074 bytes)")
    }
    let rowBytes = labelBytes + 3 * planeBytes
    let rows = ArrayRows(file: file, offset: 0, rowBytes: rowBytes)
    let count = file.size / rowBytes
    var labels: [Int] = []
    for row in 0..<count {
      labels += try file.read(count: 1, at: row * rowBytes + labelBytes - 1).map(Int.init)
    }
    return try ArraySource(path, rows: rows, count: count, labels: labels) { row in
      .pixels(interleave(row.suffix(3 * planeBytes)))
    }
  }

  private static func interleave(_ planes: ArraySlice<UInt8>) -> PixelImage {
    PixelImage(width: side, height: side, channels: 3) { output in
      for (index, sample) in planes.enumerated() {
        output[index % planeBytes * 3 + index / planeBytes] = sample
      }
    }
  }
}
