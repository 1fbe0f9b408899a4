/// The size that an image is resized to. In JSON an integer, [height, width], or an object.
public enum ResizeTarget: Sendable, Equatable, Codable {
  /// The shorter side gets this many pixels; the longer one keeps the aspect ratio, rounded down.
  case shorterSide(Int)
  case exact(height: Int, width: Int)
  /// As `shorterSide`, with another rounding. In JSON `{"shorter_side", "rounding", "multiple_of"}`.
  case rounded(RoundedSides)
  /// The smallest size of the image's aspect ratio that covers this one, rounded to the nearest pixel (timm's
  /// `ResizeKeepRatio`). In JSON `{"cover": [H, W]}`.
  case covering(ImageSize)
  /// The largest size of the image's aspect ratio that fits within this one, rounded to the nearest pixel (timm's
  /// `ResizeKeepRatio` with `longest=1`). In JSON `{"within": [H, W]}`.
  case within(ImageSize)

  /// How the sides of a resized image are rounded to whole numbers.
  public struct RoundedSides: Sendable, Equatable, Codable {
    public enum Rounding: String, Sendable, Codable {
      case down, nearest
    }

    public var shorterSide: Int
    /// The rounding of the longer side if it is `down`, or of both sides if it is `nearest`.
    public var rounding: Rounding
    /// Both sides are then rounded up to a multiple of this.
    public var multipleOf: Int

    enum CodingKeys: String, SnakeCaseKey {
      case shorterSide, rounding, multipleOf
    }

    fileprivate func size(of image: ImageSize) -> ImageSize {
      func multiple(_ side: Int) -> Int { (side + multipleOf - 1) / multipleOf * multipleOf }
      let size = unrounded(image)
      return ImageSize(height: multiple(size.height), width: multiple(size.width))
    }

    private func unrounded(_ image: ImageSize) -> ImageSize {
      guard rounding == .nearest else { return ResizeTarget.size(of: image, shorterSide: shorterSide) }
      let scale = Double(shorterSide) / Double(min(image.height, image.width))
      func side(_ pixels: Int) -> Int { Int((Double(pixels) * scale).rounded(.toNearestOrEven)) }
      return ImageSize(height: side(image.height), width: side(image.width))
    }
  }

  /// The smallest size of a resized image, which is a square if the aspect ratio is kept.
  package var smallestSize: ImageSize {
    switch self {
    case .exact(let height, let width): ImageSize(height: height, width: width)
    case .shorterSide(let side): ImageSize(height: side, width: side)
    case .rounded(let sides): ImageSize(height: sides.shorterSide, width: sides.shorterSide)
    case .covering(let size), .within(let size): size
    }
  }

  /// Whether every image gets the same size.
  var isExact: Bool {
    if case .exact = self { true } else { false }
  }

  /// Whether sides and multiples are in the allowed range.
  var isAllowed: Bool {
    guard smallestSize.isAllowed else { return false }
    guard case .rounded(let sides) = self else { return true }
    return ImageSize.allowedSides.contains(sides.multipleOf)
  }

  /// The height and width of an image after the resize.
  func size(of image: ImageSize) -> ImageSize {
    switch self {
    case .exact(let height, let width): return ImageSize(height: height, width: width)
    case .shorterSide(let side): return Self.size(of: image, shorterSide: side)
    case .rounded(let sides): return sides.size(of: image)
    case .covering(let target): return Self.scaled(image, target, by: min)
    case .within(let target): return Self.scaled(image, target, by: max)
    }
  }

  fileprivate static func size(of image: ImageSize, shorterSide side: Int) -> ImageSize {
    let (short, long) = (min(image.height, image.width), max(image.height, image.width))
    let newLong = Int(Double(side * long) / Double(short))
    return image.width <= image.height
      ? ImageSize(height: newLong, width: side) : ImageSize(height: side, width: newLong)
  }

  private static func scaled(
    _ image: ImageSize, _ target: ImageSize, by choose: (Double, Double) -> Double
  ) -> ImageSize {
    let ratio = choose(
      Double(image.height) / Double(target.height), Double(image.width) / Double(target.width))
    func side(_ pixels: Int) -> Int { max(1, Int((Double(pixels) / ratio).rounded(.toNearestOrEven))) }
    return ImageSize(height: side(image.height), width: side(image.width))
  }

  static let expectation =
    "an integer (shorter side), [height, width], {\"shorter_side\", \"rounding\", \"multiple_of\"}, {\"cover\": "
    + "[height, width]} or {\"within\": [height, width]}"

  public init(from decoder: any Decoder) throws {
    if let side = try? Int(from: decoder) {
      self = .shorterSide(side)
    } else if let size = try? ImageSize(from: decoder) {
      self = .exact(height: size.height, width: size.width)
    } else if let sizes = try? [String: ImageSize](from: decoder), let size = sizes["cover"] {
      self = .covering(size)
    } else if let sizes = try? [String: ImageSize](from: decoder), let size = sizes["within"] {
      self = .within(size)
    } else {
      self = .rounded(try RoundedSides(from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .shorterSide(let side): try side.encode(to: encoder)
    case .exact(let height, let width): try [height, width].encode(to: encoder)
    case .rounded(let sides): try sides.encode(to: encoder)
    case .covering(let size): try ["cover": size].encode(to: encoder)
    case .within(let size): try ["within": size].encode(to: encoder)
    }
  }
}
