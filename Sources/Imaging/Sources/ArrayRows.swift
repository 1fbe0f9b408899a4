/// Images that are the rows of an array.
struct ArraySource: ImageSource {
  let description: String
  let items: [ImageItem]
  let remarks: [String]
  private let rows: ArrayRows
  private let image: @Sendable ([UInt8]) -> EncodedImage
  private let holdsTensors: Bool

  /// - Parameters:
  ///   - labels: One for each row, or nil.
  ///   - remark: How the array was taken, where that may not be meant.
  ///   - holdsTensors: Whether the rows are values that are taken as they are, and no pictures.
  ///   - image: What a row's bytes are.
  /// - Throws: `noImages`; `badSource` where rows and labels differ in number.
  init(
    _ path: String, rows: ArrayRows, count: Int, labels: [Int]?, remark: String? = nil,
    holdsTensors: Bool = false,
    image: @escaping @Sendable ([UInt8]) -> EncodedImage
  ) throws(ImagingError) {
    guard count > 0 else { throw ImagingError(.noImages, "'\(path)' holds no images") }
    if let labels, labels.count != count {
      throw ImagingError(.badSource, "'\(path)' has \(count) images, but \(labels.count) labels beside it")
    }
    (description, self.rows, self.image, self.holdsTensors) = (path, rows, image, holdsTensors)
    remarks = [remark].compactMap { $0 }
    items = (0..<count).map { ImageItem(row: $0, of: path, labelIndex: labels?[$0]) }
  }

  func tensorRange() throws(ImagingError) -> ClosedRange<Float>? {
    guard holdsTensors else { return nil }
    var range: ClosedRange<Float>?
    let looked = min(items.count, Self.imagesLookedAt)
    for position in 0..<looked {
      // Of all of the array, which may be sorted by class.
      guard case .tensor(let values, _) = image(try rows.row(position * items.count / looked)) else {
        continue
      }
      for value in values where value.isFinite {
        range = min(range?.lowerBound ?? value, value)...max(range?.upperBound ?? value, value)
      }
    }
    return range ?? 0...0
  }

  private static let imagesLookedAt = 16

  func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { (index) throws(ImagingError) in image(try rows.row(index)) }
  }
}

/// The equal rows of an uncompressed array file, read one by one.
struct ArrayRows: Sendable {
  let file: OpenFile
  /// Where the first row begins.
  let offset: Int
  let rowBytes: Int

  func row(_ index: Int) throws(ImagingError) -> [UInt8] {
    try file.read(count: rowBytes, at: offset + index * rowBytes)
  }
}

/// Checked products of sizes that a file declares.
enum DeclaredSize {
  /// The product of positive or zero numbers; nil where it does not fit in 63 bits.
  static func product(_ factors: [Int]) -> Int? {
    var product = 1
    for factor in factors {
      let (value, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow, factor >= 0 else { return nil }
      product = value
    }
    return product
  }
}
