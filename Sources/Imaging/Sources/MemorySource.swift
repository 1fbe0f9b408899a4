/// One image whose file is in memory already.
public struct MemorySource: ImageSource {
  public let description: String
  public let items: [ImageItem]
  private let bytes: [UInt8]

  /// - Parameters:
  ///   - bytes: the content of an image file.
  ///   - name: stands for its path.
  public init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    description = name
    items = [ImageItem(named: name)]
  }

  public func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { _ in .success(.bytes(bytes, name: description)) }
  }
}
