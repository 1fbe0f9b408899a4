/// An array of images from a `.npy` file or an `.npz` entry.
struct NumPyArray: Sendable {
  let header: NumPyHeader
  let file: OpenFile
  let name: String

  /// - Throws: `badSource`, `unsupported`, `truncated`.
  init(_ file: OpenFile, name: String) throws(ImagingError) {
    let head = try file.read(upTo: NumPyHeader.maximumSize)
    header = try NumPyHeader(head, name: name)
    (self.file, self.name) = (file, name)
    guard header.elementSize != nil else { throw unsupported() }
    guard let size = header.dataSize, size <= file.size - header.dataOffset else {
      throw ImagingError(
        .truncated, "'\(name)' ends before the \(header.shape) values that it declares; save it again")
    }
  }

  /// The source of these images: uint8 [N, H, W] or [N, H, W, C], or preprocessed float32 [N, C, H, W]. With an axis
  /// fewer it is one image: uint8 [H, W, C], where the last axis has the length of a pixel, or float32 [C, H, W].
  ///
  /// - Throws: `unsupported`, with the supported types and shapes.
  func source(_ path: String, labels: [Int]?) throws(ImagingError) -> any ImageSource {
    let shape = batchShape(of: header.shape)
    guard shape.dropFirst().allSatisfy({ $0 > 0 }) else { throw unsupported() }
    let itemShape = Array(shape.dropFirst())
    let image: @Sendable ([UInt8]) -> EncodedImage
    switch (header.type, shape.count) {
    case ("|u1", 3), ("|u1", 4):
      let channels = shape.count == 3 ? 1 : shape[3]
      guard Self.pixelLengths.contains(channels) else { throw unsupported() }
      image = {
        .pixels(PixelImage(width: itemShape[1], height: itemShape[0], channels: channels, pixels: $0))
      }
    case ("<f4", 4):
      image = { .tensor(Self.floats($0), shape: itemShape) }
    default: throw unsupported()
    }
    guard let rowBytes = (itemShape + [header.elementSize ?? 1]).declaredProduct else {
      throw unsupported()
    }
    return try ArraySource(
      path, file, offset: header.dataOffset, rowBytes: rowBytes, count: shape[0], labels: labels,
      remark: labels == nil ? channelsFirst : nil,
      holdsTensors: header.type == "<f4", image: image)
  }

  /// One colour image with its channels first looks like three or four grey ones.
  private var channelsFirst: String? {
    let shape = header.shape
    guard header.type == "|u1", shape.count == 3, [3, 4].contains(shape[0]), batchShape(of: shape) == shape
    else { return nil }
    return
      "'\(name)' \(shape) is read as \(shape[0]) grey images; if it is one image with its channels first, save it as "
      + "[H, W, \(shape[0])]"
  }

  /// The possible numbers of channels of an image.
  private static let pixelLengths = [1, 3, 4]

  /// The shape, with an axis of length 1 added in front if it is one image.
  private func batchShape(of shape: [Int]) -> [Int] {
    let isOne = shape.count == 3 && (header.type == "<f4" || Self.pixelLengths.contains(shape[2]))
    return isOne ? [1] + shape : shape
  }

  /// The values of a one-dimensional array of integers.
  func integers() throws(ImagingError) -> [Int] {
    guard header.shape.count == 1 || (header.shape.count == 2 && header.shape[1] == 1),
      ["|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8"].contains(header.type),
      let size = header.elementSize
    else {
      throw .unsupported(
        "the labels '\(name)' are \(header.type) \(header.shape); save one integer per image")
    }
    let bytes = try file.read(count: header.shape[0] * size, at: header.dataOffset)
    let isSigned = header.type.dropFirst().hasPrefix("i")
    return stride(from: 0, to: bytes.count, by: size).map { start in
      let value = bytes[start..<start + size].littleEndian
      let isNegative = isSigned && bytes[start + size - 1] >= 128 && size < 8
      return isNegative ? value - 1 << (8 * size) : value
    }
  }

  private static func floats(_ bytes: [UInt8]) -> [Float] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { index in
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
      }
    }
  }

  private func unsupported() -> ImagingError {
    ImagingError.unsupported(
      "'\(name)' is \(header.type) \(header.shape); save uint8 [N, H, W] or [N, H, W, 1, 3 or 4], or "
        + "preprocessed float32 [N, C, H, W], or one image, uint8 [H, W, 1, 3 or 4] or float32 [C, H, W]")
  }
}
