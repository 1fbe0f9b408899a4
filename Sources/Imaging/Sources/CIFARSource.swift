/// The binary version of CIFAR-10 and CIFAR-100: rows of one or two label bytes, then 32×32 red, green and
/// blue planes.
enum CIFARSource {
  private static let side = 32
  private static let planeBytes = side * side

  /// - Throws: `badSource` for a file of another size, `unreadable`.
  static func open(_ path: String) throws(ImagingError) -> any ImageSource {
    let file = try OpenFile(path)
    // There is 1 label byte before each image in CIFAR-10, and 2 (coarse, fine) in CIFAR-100.
    let labelBytes = [1, 2].first { file.size % ($0 + 3 * planeBytes) == 0 }
    guard let labelBytes, file.size > 0 else {
      throw .badSource(
        "'\(path)' has \(file.size) bytes, which is not a whole number of CIFAR rows (3073 or 3074 bytes)")
    }
    let rowBytes = labelBytes + 3 * planeBytes
    let count = file.size / rowBytes
    let labels = try (0..<count).map { (row) throws(ImagingError) in
      Int(try file.read(count: 1, at: row * rowBytes + labelBytes - 1)[0])
    }
    return try ArraySource(path, file, offset: 0, rowBytes: rowBytes, count: count, labels: labels) { row in
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
