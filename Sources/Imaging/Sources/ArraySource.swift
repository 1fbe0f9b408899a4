/// A source whose images are the rows of an array.
struct ArraySource: ImageSource {
  let description: String
  let items: [ImageItem]
  let remarks: [String]
  private let file: OpenFile
  private let offset: Int
  private let rowBytes: Int
  private let image: @Sendable ([UInt8]) -> EncodedImage
  private let holdsTensors: Bool

  /// - Parameters:
  ///   - file: the file with the uncompressed rows, from `offset` on.
  ///   - labels: one for each row, or nil.
  ///   - remark: how the array was interpreted, if the user may have meant something else.
  ///   - holdsTensors: whether the rows are preprocessed values instead of pictures.
  ///   - image: interprets the bytes of a row.
  /// - Throws: `noImages`; `badSource` if the numbers of rows and labels differ.
  init(
    _ path: String, _ file: OpenFile, offset: Int, rowBytes: Int, count: Int, labels: [Int]?,
    remark: String? = nil,
    holdsTensors: Bool = false,
    image: @escaping @Sendable ([UInt8]) -> EncodedImage
  ) throws(ImagingError) {
    guard count > 0 else { throw ImagingError(.noImages, "'\(path)' holds no images") }
    if let labels, labels.count != count {
      throw .badSource("'\(path)' has \(count) images, but \(labels.count) labels beside it")
    }
    (description, self.file, self.offset, self.rowBytes) = (path, file, offset, rowBytes)
    (self.image, self.holdsTensors) = (image, holdsTensors)
    remarks = [remark].compactMap { $0 }
    items = (0..<count).map { ImageItem(row: $0, of: path, labelIndex: labels?[$0]) }
  }

  private func row(_ index: Int) throws(ImagingError) -> EncodedImage {
    image(try file.read(count: rowBytes, at: offset + index * rowBytes))
  }

  func tensorRange() throws(ImagingError) -> ClosedRange<Float>? {
    guard holdsTensors else { return nil }
    var ranges: [ClosedRange<Float>?] = []
    for position in ValueRange.positions(of: items.count) { ranges.append(try row(position).valueRange) }
    return .joining(ranges) ?? 0...0
  }

  func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { (index) throws(ImagingError) in try row(index) }
  }
}

extension [Int] {
  /// The product of declared sides; nil if one is negative, or if the product does not fit in 63 bits.
  package var declaredProduct: Int? {
    reduce(1 as Int?) { product, factor in
      guard let (value, overflow) = product?.multipliedReportingOverflow(by: factor), !overflow, factor >= 0
      else { return nil }
      return value
    }
  }
}
