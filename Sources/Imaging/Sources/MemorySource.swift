import Foundation

/// Images that are already in memory.
public struct MemorySource: ImageSource {
  public private(set) var items: [ImageItem] = []
  private var images: [EncodedImage] = []
  /// The number of rows of each array.
  private var rows: [String: Int] = [:]

  package init() {}

  /// An empty source, whose arrays continue the row numbers of another source.
  package init(countingOn other: MemorySource) { rows = other.rows }

  /// - Parameter images: the contents of image files, each with a name that is used as its path.
  public init(_ images: [(name: String, data: Data)]) {
    for image in images { append(EncodedImage(image.data, name: image.name), named: image.name) }
  }

  /// Adds an image that is not on disk.
  package mutating func append(_ image: EncodedImage, named name: String) {
    items.append(ImageItem(named: name))
    images.append(image)
  }

  /// Adds the rows of an array. They draw the same random numbers as the rows of a `.npy` file with the same
  /// images.
  ///
  /// - Parameters:
  ///   - name: the name of the array in messages. Its rows are `name#0`, `name#1`, …, and rows that are added
  ///     later continue.
  ///   - labels: the indices of the true classes, one for each row, or nil.
  package mutating func append(rows: [EncodedImage], of name: String, labels: [Int]?) {
    let first = self.rows[name, default: 0]
    self.rows[name] = first + rows.count
    items += rows.indices.map { ImageItem(row: first + $0, of: name, labelIndex: labels?[$0]) }
    images += rows
  }

  public var description: String { items.first?.name ?? "nothing" }

  public func tensorRange() -> ClosedRange<Float>? {
    guard images.contains(where: \.isTensor) else { return nil }
    return .joining(ValueRange.positions(of: images.count).map { images[$0].valueRange }) ?? 0...0
  }

  public func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { images[$0] }
  }
}
