import Imaging
import OddityScores

/// Images as the network would see them with another decoding, resize or crop.
struct PictureVariants {
  /// One way to bring an image to the network's size.
  enum Variant: Equatable {
    case own
    case cut(OtherCut)
    case interpolation(Interpolation)
    case withoutAntialiasing
    case unoriented
    /// The crop is moved by this many pixels.
    case moved(rows: Int, columns: Int)
    case changed(PixelFault, String)

    /// A description of the mistake; nil for the right way.
    var text: String? {
      switch self {
      case .own: nil
      case .cut(let cut): cut.text
      case .interpolation(let interpolation): "resized with \(interpolation.rawValue)"
      case .withoutAntialiasing: "resized without antialiasing"
      case .unoriented: "the EXIF orientation was handled differently"
      case .moved(let rows, let columns): "shifted by " + Self.text(rows: rows, columns: columns)
      case .changed(_, let text): text
      }
    }

    private static func text(rows: Int, columns: Int) -> String {
      func text(_ count: Int, _ positive: String, _ negative: String) -> String? {
        guard count != 0 else { return nil }
        return "\(abs(count)) \(abs(count) == 1 ? "pixel" : "pixels") \(count > 0 ? positive : negative)"
      }
      return [text(rows, "down", "up"), text(columns, "right", "left")].compactMap(\.self).joined(
        separator: " and ")
    }
  }

  private let preprocessing: ResolvedPreprocessing
  private let images: [PixelImage]
  /// The images with EXIF orientation handled the other way; nil if there is no difference.
  private let unoriented: [PixelImage]?

  /// - Throws: ``ImagingError`` for an image that cannot be read; ``OddityError`` `.badData` for float arrays.
  init(_ preprocessing: ResolvedPreprocessing, _ source: any ImageSource, _ positions: [Int]) throws {
    self.preprocessing = preprocessing
    var (images, others): ([PixelImage], [PixelImage]) = ([], [])
    let reader = try source.reader(selecting: positions)
    while let (_, payload) = try reader.next() {
      let encoded = try payload.get().loaded()
      images.append(try Self.pixels(encoded, isOriented: preprocessing.exifOrientation))
      others.append(try Self.pixels(encoded, isOriented: !preprocessing.exifOrientation))
    }
    self.images = images
    unoriented = others == images ? nil : others
  }

  private static func pixels(_ image: EncodedImage, isOriented: Bool) throws -> PixelImage {
    guard case .pixels(let pixels) = try image.decode(DecodingOptions(appliesOrientation: isOriented)) else {
      throw OddityError(
        .badData, "the images are float arrays: pass the pictures that the tensors were made of")
    }
    return pixels
  }

  /// All variants, the right one first.
  var variants: [Variant] {
    var variants: [Variant] = [.own]
    if unoriented != nil { variants.append(.unoriented) }
    variants += Interpolation.allCases.filter { $0 != preprocessing.interpolation }.map(Variant.interpolation)
    variants.append(.withoutAntialiasing)
    variants += OtherCut.all(besides: preprocessing).filter { $0 != .nearest }.map(Variant.cut)
    variants.append(.changed(.mirrored, "mirrored"))
    variants += (1...3).filter { $0 == 2 || preprocessing.size.height == preprocessing.size.width }.map {
      .changed(.quarterTurns($0), "turned anticlockwise by \(90 * $0)°")
    }
    for rows in -2...2 {
      for columns in -2...2 where (rows, columns) != (0, 0) {
        variants.append(.moved(rows: rows, columns: columns))
      }
    }
    return variants + [
      .changed(.grey, "the colours were lost"),
      .changed(.gamma(2.2), "brightness follows another curve (γ 2.2)"),
      .changed(.gamma(1 / 2.2), "brightness follows another curve (γ 1/2.2)"),
    ]
  }

  /// The pixel levels of every image, [H, W, C], with channels in the order of pixels.
  ///
  /// - Throws: ``ImagingError`` if an image cannot be resized in this way.
  func levels(_ variant: Variant) throws(ImagingError) -> [[Float]] {
    let images = variant == .unoriented ? unoriented ?? images : images
    return try images.map { image throws(ImagingError) in
      try picture(of: image, variant).pixels.map { Float($0) }
    }
  }

  private func picture(of image: PixelImage, _ variant: Variant) throws(ImagingError) -> PixelImage {
    switch variant {
    case .own, .unoriented: try preprocessing.picture(of: image)
    case .cut(let cut): try cut.picture(of: image, preprocessing)
    case .interpolation(let interpolation): try preprocessing.picture(of: image, interpolation)
    case .withoutAntialiasing: try preprocessing.picture(of: image, antialiases: false)
    case .moved(let rows, let columns):
      try preprocessing.picture(of: image, at: .moved(rows: rows, columns: columns))
    case .changed(let fault, _): try fault.apply(to: preprocessing.picture(of: image))
    }
  }
}
