import Foundation
import Imaging
import Oddity
import ONNXGraph

/// A folder of maps. For each image it holds a picture, `NAME.jpg`, and the numbers, `NAME.npy`, where NAME
/// is the path of the image.
///
/// The names depend only on the image, so several runs can write parts into the same folder.
final class MapFolder {
  private let path: String
  /// Hashes of the names that were written.
  private var written: Set<UInt64> = []
  /// How many maps of this run were overwritten, because several images have the same name.
  private(set) var replaced = 0

  /// - Throws: ``OddityError`` `.output` if the folder cannot be created.
  init(path: String) throws(OddityError) {
    self.path = path
    try Self.make(path)
  }

  private static func make(_ path: String) throws(OddityError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw OddityError(.output, "cannot make the folder \(path): \(systemReason(error))", underlying: error)
    }
  }

  /// Writes the map of an image.
  ///
  /// The numbers are float32 [2, height, width]: the amount that each position adds to the score, and its
  /// p-value.
  /// - Throws: ``OddityError`` `.output` if it cannot be written.
  func write(_ map: ScoreMap, of item: ImageItem) throws {
    let parts = Self.parts(of: item)
    if parts.count > 1 { try Self.make(([path] + parts.dropLast()).joined(separator: "/")) }
    let name = parts.joined(separator: "/")
    if !written.insert(FNV1a.hash(name)).inserted { replaced += 1 }
    let numbers = NumPyMatrix.file(
      of: map.contributions + map.pValues, shape: [2, map.height, map.width])
    try AtomicFile.write(numbers, to: "\(path)/\(name).npy")
    guard let picture = map.drawn() else { return }
    let side = max(picture.width, picture.height)
    let jpeg = try Thumbnail(picture, side: side, quality: Self.quality).jpeg
    try AtomicFile.write(Data(jpeg), to: "\(path)/\(name).jpg")
  }

  private static let quality = 90
  /// File systems allow 255 bytes.
  private static let longestPart = 200

  /// The folders and the name of an image's files, taken from the name of the image. Parts that lead out of
  /// this folder and parts that are too long are left out. A hash of the whole name then keeps different
  /// images apart.
  private static func parts(of item: ImageItem) -> [String] {
    let own = item.name.split(separator: "/").map(String.init).filter { $0 != "." }
    let kept = own.filter { $0 != ".." && $0.utf8.count <= longestPart }
    guard kept != own || kept.isEmpty else { return kept }
    let hash = String(FNV1a.hash(item.name), radix: 16)
    guard own.last == kept.last, let name = kept.last else { return kept + [hash] }
    return kept.dropLast() + ["\(name)-\(hash)"]
  }
}
