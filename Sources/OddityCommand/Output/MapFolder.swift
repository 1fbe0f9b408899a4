import Foundation
import Imaging
import Oddity
import ONNXGraph

/// A folder of maps: of each image a picture, `NAME.jpg`, and the numbers, `NAME.npy`.
final class MapFolder {
  private let path: String
  /// How often a name was taken.
  private var taken: [String: Int] = [:]

  /// - Throws: ``OddityError`` `.output` where the folder cannot be made.
  init(path: String) throws(OddityError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw OddityError(.output, "cannot make the folder \(path): \(systemReason(error))", underlying: error)
    }
  }

  /// Writes the map of an image that has one.
  ///
  /// The numbers are float32 [2, height, width]: what each position adds to the score, and its p-value.
  func write(_ outcome: Detector.Outcome) throws {
    guard case .success(let image) = outcome.result, let map = image.map else { return }
    let name = fileName(of: image.item)
    let numbers = NumPyMatrix.file(
      of: map.contributions + map.pValues, shape: [2, map.height, map.width])
    try AtomicFile.write(numbers, to: "\(path)/\(name).npy")
    guard let picture = map.drawn() else { return }
    let side = max(picture.width, picture.height)
    let jpeg = try Thumbnail(picture, side: side, quality: Self.quality).jpeg
    try AtomicFile.write(Data(jpeg), to: "\(path)/\(name).jpg")
  }

  private static let quality = 90
  /// File systems take 255 bytes in all.
  private static let longestName = 200

  /// The image's name in one folder; of images that would share one, later ones are numbered.
  private func fileName(of item: ImageItem) -> String {
    let parts = item.name.split(separator: "/").filter { $0 != "." && $0 != ".." }
    let name = String(parts.joined(separator: "_").utf8.suffix(Self.longestName)) ?? "\(item.id)"
    let count = taken[name, default: 0] + 1
    taken[name] = count
    return count == 1 ? name : "\(name)-\(count)"
  }
}
