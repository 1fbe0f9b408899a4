import Foundation

/// One image of a source, before it is read.
///
/// It is small, because a source lists all its images. What they share is stored once, and what can be
/// derived is computed.
public struct ImageItem: Sendable, Equatable {
  /// The 64-bit FNV-1a hash of the bytes of its path in the source, or for arrays of the decimal digits of
  /// the row number. Everything random about the image is derived from it.
  public let id: UInt64
  /// `path` in the form of ``FileName``.
  let pathText: String
  /// The class index that an array or a list stores with the image.
  public let labelIndex: Int?
  private let place: Place
  /// The user's name of the source, in memory shared by all its images. For a single image, its name.
  private let source: String

  private enum Place: UInt8 {
    case member, alone, row
  }

  /// An image with a path in a folder or archive.
  init(path: String, in source: String) {
    self.init(id: FNV1a.hash(name: path), path: path, .member, of: source, labelIndex: nil)
  }

  /// A single image, or one in a list.
  init(path: String, name: String, labelIndex: Int? = nil) {
    self.init(id: FNV1a.hash(name: path), path: path, .alone, of: name, labelIndex: labelIndex)
  }

  /// An image that is not on disk.
  public init(named name: String) { self.init(path: name, name: name) }

  /// A row of an array.
  init(row: Int, of source: String, labelIndex: Int?) {
    let digits = String(row)
    self.init(id: FNV1a.hash(digits), path: "#" + digits, .row, of: source, labelIndex: labelIndex)
  }

  private init(id: UInt64, path: String, _ place: Place, of source: String, labelIndex: Int?) {
    (self.id, pathText, self.place, self.source, self.labelIndex) = (id, path, place, source, labelIndex)
  }

  /// The path relative to its source: a file's path, an archive's member, a list's line, or "#ROW", from 0. A
  /// byte that is not UTF-8 is shown as `\xHH`, with two digits in lower case, and a backslash before `xHH`
  /// as `\x5c`.
  public var path: String { FileName.shown(pathText) }

  /// The name by which a user can find it: folder/path, archive.tar/member, file#row, with the same escapes.
  public var name: String { FileName.shown(location) }

  /// The bytes of `name` without escapes, with which a file is opened.
  package var nameBytes: [UInt8] { FileName.bytes(location) }

  /// `name` in the form of ``FileName``.
  var location: String {
    switch place {
    case .member: source + "/" + pathText
    case .alone: source
    case .row: source + pathText
    }
  }

  /// The folders that contain the image, starting below its source, with the escapes of `path`; empty in
  /// lists and arrays.
  public var folders: [String] {
    guard place == .member, pathText.utf8.contains(UInt8(ascii: "/")) else { return [] }
    return pathText.nameComponents.dropLast().filter { $0 != "" && $0 != ".." }.map {
      FileName.shown(String($0))
    }
  }

  /// The first of `folders`, as in torchvision's `ImageFolder`; nil if there is none.
  public var folder: String? { folders.first }
}

/// A listed collection of images.
public protocol ImageSource: Sendable {
  /// The user's name of the source.
  var description: String { get }
  /// All images, in the source's order.
  var items: [ImageItem] { get }
  /// What the user should know about how the source was interpreted.
  var remarks: [String] { get }
  /// For float32 arrays, which are not changed, the smallest and the largest finite value in a sample of the
  /// images; nil for pictures.
  ///
  /// - Throws: if the source cannot be read.
  func tensorRange() throws(ImagingError) -> ClosedRange<Float>?
  /// Reads the images at `indices` of `items` (each once, in the order of `items`); nil reads all.
  func reader(selecting indices: [Int]?) throws(ImagingError) -> any ImageReader
}

/// Reads a source sequentially. It is cheap: the caller decodes, on as many threads as it likes.
public protocol ImageReader: AnyObject {
  /// The next image and its index in `items`; nil after the last one.
  ///
  /// - Throws: if the source itself is broken. A single bad image is a failure in its place.
  func next() throws(ImagingError) -> (index: Int, payload: Result<EncodedImage, ImagingError>)?
}

extension ImageSource {
  public var remarks: [String] { [] }

  public func tensorRange() throws(ImagingError) -> ClosedRange<Float>? { nil }

  /// The indices to read, in order, each once.
  func selection(_ indices: [Int]?) -> [Int] {
    guard let indices else { return Array(items.indices) }
    precondition(indices.allSatisfy(items.indices.contains), "an index outside the source")
    return Set(indices).sorted()
  }
}

/// A reader that can find every image by itself, in any order of the selection.
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
