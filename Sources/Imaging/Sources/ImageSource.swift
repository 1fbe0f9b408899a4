/// One image of a source, before it is read.
///
/// Small, since a source lists all its images: what they share is stored once, and what follows from it is computed.
public struct ImageItem: Sendable, Equatable {
  /// The 64-bit FNV-1a hash of `path`'s UTF-8 bytes, for arrays of the row number's decimal digits:
  /// everything random about the image comes from it.
  public let id: UInt64
  /// Relative to its source: a file's path, an archive's member, a list's line, or "#ROW", from 0.
  public let path: String
  /// The class index that an array has beside its images.
  public let labelIndex: Int?
  private let place: Place
  /// What the user called the source, in memory that all its images share; of an image that stands alone its name.
  private let source: String

  private enum Place: UInt8 {
    case member, alone, row
  }

  /// An image with a path in a folder or archive.
  init(path: String, in source: String) {
    self.init(id: FNV1a.hash(path), path: path, .member, of: source, labelIndex: nil)
  }

  /// An image that stands alone or in a list.
  init(path: String, name: String) {
    self.init(id: FNV1a.hash(path), path: path, .alone, of: name, labelIndex: nil)
  }

  /// An image that comes from nowhere on disk.
  public init(named name: String) { self.init(path: name, name: name) }

  /// A row of an array.
  init(row: Int, of source: String, labelIndex: Int?) {
    let digits = String(row)
    self.init(id: FNV1a.hash(digits), path: "#" + digits, .row, of: source, labelIndex: labelIndex)
  }

  private init(id: UInt64, path: String, _ place: Place, of source: String, labelIndex: Int?) {
    self.id = id
    self.path = path
    self.place = place
    self.source = source
    self.labelIndex = labelIndex
  }

  /// By which a user can find it: folder/path, archive.tar/member, file#row.
  public var name: String {
    switch place {
    case .member: source + "/" + path
    case .alone: source
    case .row: source + path
    }
  }

  /// The first component of `path` where it has several, as in torchvision's `ImageFolder`; nil otherwise,
  /// and in lists and arrays.
  public var folder: String? {
    guard place == .member, let slash = path.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    return String(path[..<slash])
  }
}

/// A place that images come from, already listed.
public protocol ImageSource: Sendable {
  /// What the user called it.
  var description: String { get }
  /// All images, in the source's order.
  var items: [ImageItem] { get }
  /// Reads the images at `indices` into `items` (each once, in the order of `items`); nil reads all.
  func reader(selecting indices: [Int]?) throws(ImagingError) -> any ImageReader
}

/// Sequential reading of a source. Cheap: decoding is the caller's, on as many threads as it likes.
public protocol ImageReader: AnyObject {
  /// The next image and its index into `items`; nil after the last.
  ///
  /// - Throws: Where the source itself breaks. One bad image is a failure in its place.
  func next() throws(ImagingError) -> (index: Int, payload: Result<EncodedImage, ImagingError>)?
}

extension ImageSource {
  /// The indices to read, in order and each once.
  func selection(_ indices: [Int]?) -> [Int] {
    guard let indices else { return Array(items.indices) }
    precondition(indices.allSatisfy(items.indices.contains), "an index outside the source")
    return Set(indices).sorted()
  }
}

/// A reader that finds every image on its own, in any order of the selection.
final class IndexedReader: ImageReader {
  private var remaining: ArraySlice<Int>
  private let read: (Int) -> Result<EncodedImage, ImagingError>

  init(_ selection: [Int], read: @escaping (Int) -> Result<EncodedImage, ImagingError>) {
    remaining = selection[...]
    self.read = read
  }

  func next() -> (index: Int, payload: Result<EncodedImage, ImagingError>)? {
    guard let index = remaining.popFirst() else { return nil }
    return (index, read(index))
  }
}
