import Imaging
import OddityScores

/// A resize or crop that differs from the network's own, applied to the original image.
enum OtherCut: Sendable, Equatable {
  /// Resized to the model's size without keeping proportions.
  case squashed
  /// Resized until it covers the model's size, then cropped around the centre.
  case covering
  /// Resized to a larger size first, so that the crop shows less.
  case closer
  case nearest
  /// The crop lies in a corner: −1 is top or left, 1 is bottom or right.
  case corner(down: Double, right: Double)

  /// The cuts that differ from a preprocessing.
  static func all(besides preprocessing: ResolvedPreprocessing) -> [OtherCut] {
    let cuts: [OtherCut] =
      if preprocessing.crop == nil {
        [.covering]
      } else {
        [
          .squashed, .covering, .closer, .corner(down: -1, right: -1), .corner(down: 1, right: 1),
          .corner(down: -1, right: 1), .corner(down: 1, right: -1),
        ]
      }
    return preprocessing.interpolation == .nearest ? cuts : cuts + [.nearest]
  }

  var fault: Fault {
    if case .corner = self { .shiftedCrop } else { .otherResize }
  }

  var text: String {
    switch self {
    case .squashed: "squashed in place of cropped"
    case .covering: "cropped to the shorter side"
    case .closer: "resized to five quarters of the size before the crop"
    case .nearest: "resized to the nearest pixels"
    case .corner(let down, let right):
      "a crop at the \(down < 0 ? "top" : "bottom") \(right < 0 ? "left" : "right") in place of the centre"
    }
  }

  /// - Throws: ``ImagingError`` if an image cannot be resized in this way.
  func picture(
    of image: PixelImage, _ preprocessing: ResolvedPreprocessing
  ) throws(ImagingError) -> PixelImage {
    let size = preprocessing.size
    switch self {
    case .squashed:
      return try preprocessing.picture(of: image, resizedTo: .exact(height: size.height, width: size.width))
    case .covering:
      return try preprocessing.picture(of: image, resizedTo: Self.target(size, like: preprocessing.resize))
    case .closer:
      let own = preprocessing.resize?.smallestSize ?? size
      let larger = ImageSize(height: own.height * 5 / 4, width: own.width * 5 / 4)
      return try preprocessing.picture(of: image, resizedTo: Self.target(larger, like: preprocessing.resize))
    case .nearest: return try preprocessing.picture(of: image, .nearest)
    case .corner(let down, let right):
      return try preprocessing.picture(of: image, at: .inRoom(down: down, right: right))
    }
  }

  /// Resizes to cover a size, with the rounding that the network's own resize has.
  private static func target(_ size: ImageSize, like own: ResizeTarget?) -> ResizeTarget {
    if case .shorterSide = own, size.height == size.width { return .shorterSide(size.height) }
    return .covering(size)
  }
}
