/// The IDX files of MNIST and similar data sets: a big-endian header (two zeros, type 8 for bytes, the number
/// of dimensions, the dimensions), then the bytes. They may be compressed with gzip.
enum IDXSource {
  private static let labelDimensions = 1
  private static let imageDimensions = 3

  /// Whether the bytes are the beginning of an IDX file of bytes.
  static func isIDX(_ head: [UInt8]) -> Bool {
    head.count >= 4 && head.starts(with: [0, 0, 8]) && (1...4).contains(head[3])
  }

  /// Grey images [N, H, W], with labels from the file of the standard name in the same folder, if it exists.
  ///
  /// - Throws: `badSource`, `truncated`, `archiveLimit`, `noImages`, `unreadable`.
  static func open(_ path: String, limits: ArchiveLimits) throws(ImagingError) -> any ImageSource {
    let (file, shape) = try read(path, dimensions: imageDimensions, limits: limits)
    let (count, height, width) = (shape[0], shape[1], shape[2])
    // If there are no images, the sides are not limited by the file size, so their product may overflow.
    guard let rowBytes = [height, width].declaredProduct, rowBytes > 0 else {
      throw .badSource("'\(path)' declares images of \(height)×\(width) pixels; download it again")
    }
    return try ArraySource(
      path, file, offset: headerSize(imageDimensions), rowBytes: rowBytes, count: count,
      labels: try labels(beside: path, limits: limits)
    ) {
      .pixels(PixelImage(width: width, height: height, channels: 1, pixels: $0))
    }
  }

  private static func labels(beside path: String, limits: ArchiveLimits) throws(ImagingError) -> [Int]? {
    guard let labelPath = labelPaths(beside: path).first(where: FileKind.isRegularFile) else { return nil }
    let (file, shape) = try read(labelPath, dimensions: labelDimensions, limits: limits)
    return try file.read(count: shape[0], at: headerSize(labelDimensions)).map(Int.init)
  }

  /// "…images-idx3-ubyte" belongs to "…labels-idx1-ubyte" in the same folder, either of them with or without
  /// ".gz".
  private static func labelPaths(beside path: String) -> [String] {
    let name = path.lastNameComponent
    let folder = String(Substring(path.utf8.dropLast(name.utf8.count)))
    let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    for separator in ["-", "."] {
      let parts = plain.split(separator: "images\(separator)idx3", omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      let labels = folder + parts[0] + "labels\(separator)idx1" + parts[1]
      return name == plain ? [labels, labels + ".gz"] : [labels + ".gz", labels]
    }
    return []
  }

  private static func read(
    _ path: String, dimensions: Int, limits: ArchiveLimits
  ) throws(ImagingError) -> (file: OpenFile, shape: [Int]) {
    let plain = try OpenFile(path)
    let file =
      if let compression = Compression(try plain.read(upTo: 16)) {
        try unpack(plain, compression, dimensions: dimensions, limits: limits)
      } else { plain }
    let shape = try shape(
      try file.read(upTo: headerSize(dimensions)), path, dimensions: dimensions)
    guard let needed = shape.declaredProduct, needed <= file.size - headerSize(dimensions) else {
      throw ImagingError(
        .truncated, "'\(path)' ends before the \(shape) bytes that it declares; download it again")
    }
    return (file, shape)
  }

  /// Decompresses the header first, and then only as much as it declares.
  private static func unpack(
    _ file: OpenFile, _ compression: Compression, dimensions: Int, limits: ArchiveLimits
  ) throws(ImagingError) -> OpenFile {
    let headerSize = headerSize(dimensions)
    let header = try compression.head(of: file, count: headerSize)
    let declared = try shape(header, file.name, dimensions: dimensions).declaredProduct ?? Int.max
    return try compression.unpack(
      file, maximum: min(declared, Int.max - headerSize) + headerSize, limits: limits)
  }

  private static func headerSize(_ dimensions: Int) -> Int { 4 + 4 * dimensions }

  private static func shape(
    _ header: [UInt8], _ path: String, dimensions: Int
  ) throws(ImagingError) -> [Int] {
    guard isIDX(header), Int(header[3]) == dimensions else {
      throw .badSource(
        dimensions == imageDimensions
          ? "'\(path)' is not an IDX file of images [N, H, W]; give the file named …images-idx3-ubyte"
          : "'\(path)' is not an IDX file of labels; remove it, or put the right file there")
    }
    guard header.count == headerSize(dimensions) else {
      throw ImagingError(.truncated, "'\(path)' ends within its header; download it again")
    }
    return (0..<dimensions).map { dimension in
      header[4 + 4 * dimension..<8 + 4 * dimension].bigEndian
    }
  }
}
