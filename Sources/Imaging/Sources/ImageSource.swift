import Foundation

/// One image of a source, before it is read.
///
/// Small, since a source lists all its images: what they share is stored once, and what follows from it is computed.
public struct ImageItem: Sendable, Equatable {
  /// The 64-bit FNV-1a hash of the bytes of its path in the source, for arrays of the row number's decimal digits:
  /// everything random about the image comes from it.
  public let id: UInt64
  /// `path` as ``FileName`` keeps it.
  let pathText: String
  /// The class index that an array or a list has beside its images.
  public let labelIndex: Int?
  private let place: Place
  /// What the user called the source, in memory that all its images share; of an image that stands alone its name.
  private let source: String

  private enum Place: UInt8 {
    case member, alone, row
  }

  /// An image with a path in a folder or archive.
  init(path: String, in source: String) {
    self.init(id: FNV1a.hash(name: path), path: path, .member, of: source, labelIndex: nil)
  }

  /// An image that stands alone or in a list.
  init(path: String, name: String, labelIndex: Int? = nil) {
    self.init(id: FNV1a.hash(name: path), path: path, .alone, of: name, labelIndex: labelIndex)
  }

  /// An image that comes from nowhere on disk.
  public init(named name: String) { self.init(path: name, name: name) }

  /// A row of an array.
  init(row: Int, of source: String, labelIndex: Int?) {
    let digits = String(row)
    self.init(id: FNV1a.hash(digits), path: "#" + digits, .row, of: source, labelIndex: labelIndex)
  }

  private init(id: UInt64, path: String, _ place: Place, of source: String, labelIndex: Int?) {
    (self.id, pathText, self.place, self.source, self.labelIndex) = (id, path, place, source, labelIndex)
  }

  /// Relative to its source: a file's path, an archive's member, a list's line, or "#ROW", from 0. A byte that is not
  /// UTF-8 is shown as `\xHH`, with two digits in lower case, and a backslash before `xHH` as `\x5c`.
  public var path: String { FileName.shown(pathText) }

  /// By which a user can find it: folder/path, archive.tar/member, file#row; with the same escapes.
  public var name: String { FileName.shown(location) }

  /// The bytes of `name` without escapes: those by which a file is opened.
  package var nameBytes: [UInt8] { FileName.bytes(location) }

  /// `name` as ``FileName`` keeps it.
  var location: String {
    switch place {
    case .member: source + "/" + pathText
    case .alone: source
    case .row: source + pathText
    }
  }

  /// The folders that the image lies in, from its source's down, with the escapes of `path`; none in lists and arrays.
  public var folders: [String] {
    guard place == .member, pathText.utf8.contains(UInt8(ascii: "/")) else { return [] }
    return pathText.nameComponents.dropLast().filter { $0 != "" && $0 != ".." }.map {
      FileName.shown(String($0))
    }
  }

  /// The first of `folders`, as in torchvision's `ImageFolder`; nil where there is none.
  public var folder: String? { folders.first }
}

/// A place that images come from, already listed.
public protocol ImageSource: Sendable {
  /// What the user called it.
  var description: String { get }
  /// All images, in the source's order.
  var items: [ImageItem] { get }
  /// What the user should know about how the source was taken.
  var remarks: [String] { get }
  /// Of float32 arrays, which are taken as they are, the smallest and the largest finite value among some of the images; nil
  /// for pictures.
  ///
  /// - Throws: where the source cannot be read.
  func tensorRange() throws(ImagingError) -> ClosedRange<Float>?
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
  public var remarks: [String] { [] }

  public func tensorRange() throws(ImagingError) -> ClosedRange<Float>? { nil }

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
  private let read: (Int) throws(ImagingError) -> EncodedImage

  init(_ selection: [Int], read: @escaping (Int) throws(ImagingError) -> EncodedImage) {
    remaining = selection[...]
    self.read = read
  }

  func next() -> (index: Int, payload: Result<EncodedImage, ImagingError>)? {
    guard let index = remaining.popFirst() else { return nil }
    return (index, Result { () throws(ImagingError) in try read(index) })
  }
}
