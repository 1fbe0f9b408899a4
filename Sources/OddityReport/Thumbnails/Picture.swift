import Foundation
import Imaging
import Oddity

/// One image to show, with its results.
struct Picture: Sendable {
  /// nil if the image cannot be read again.
  let thumbnail: Thumbnail?
  let name: String
  let score: Float
  let pValue: Double
  let isFlagged: Bool

  /// The side in pixels of the square that it fits, and the JPEG quality. 200 thumbnails, even of noise, stay
  /// below 1.5 MB.
  static let side = 80
  static let quality = 75

  var markup: Markup {
    let facts = "score \(Figures.significant(Double(score))), p-value \(Figures.decimal(pValue, 4))"
    let verdict = isFlagged ? ", flagged" : ""
    return .element(
      "li", ["class": isFlagged ? "flagged" : nil],
      [
        image(alternative: "\(name): \(facts)\(verdict)"),
        .element("span", ["class": "file", "title": name], [.name(shortName)]),
        .element("span", [:], Figures.significant(Double(score))),
        .element("span", [:], "p \(Figures.decimal(pValue, 4))"),
      ])
  }

  private func image(alternative: String) -> Markup {
    guard let thumbnail else {
      return .element("span", ["class": "missing"], "image cannot be shown")
    }
    // Small images are shown without smoothing.
    let isCoarse = max(thumbnail.width, thumbnail.height) < Self.side * 3 / 4
    return .element(
      "img",
      [
        "src": "data:image/jpeg;base64," + Data(thumbnail.jpeg).base64EncodedString(), "alt": alternative,
        "width": "\(thumbnail.width)", "height": "\(thumbnail.height)", "class": isCoarse ? "coarse" : nil,
      ])
  }

  /// The last component of the path.
  private var shortName: String { name.split(separator: "/").last.map(String.init) ?? name }
}

/// Reads images again to show them.
struct PictureReader: Sendable {
  let preprocessing: ResolvedPreprocessing
  let sources: [any ImageSource]
  /// The maps that are drawn over images, by source and position.
  var maps: [Int: [Int: ScoreMap]] = [:]

  /// An image to show, and its results.
  struct Request: Sendable {
    /// The index of its source.
    let source: Int
    /// Its position among the source's items.
    let position: Int
    let score: Float
    let pValue: Double
    let isFlagged: Bool
  }

  /// One picture for each request, in their order.
  ///
  /// Only these images are read. If one cannot be read any more, its picture has no thumbnail.
  func pictures(of requests: [Request]) -> [Picture] {
    var thumbnails: [Int: [Int: Thumbnail]] = [:]
    for (source, wanted) in Dictionary(grouping: requests, by: \.source) {
      thumbnails[source] = self.thumbnails(at: wanted.map(\.position), of: sources[source])
    }
    return requests.map { request in
      Picture(
        thumbnail: map(of: request) ?? thumbnails[request.source]?[request.position],
        name: sources[request.source].items[request.position].name, score: request.score,
        pValue: request.pValue, isFlagged: request.isFlagged)
    }
  }

  private func map(of request: Request) -> Thumbnail? {
    guard let map = maps[request.source]?[request.position] else { return nil }
    return try? Thumbnail(map)
  }

  private func thumbnails(at positions: [Int], of source: any ImageSource) -> [Int: Thumbnail] {
    guard !positions.isEmpty, let reader = try? source.reader(selecting: positions) else { return [:] }
    var thumbnails: [Int: Thumbnail] = [:]
    while let (index, payload) = try? reader.next() {
      thumbnails[index] = try? Thumbnail(payload.get(), of: preprocessing)
    }
    return thumbnails
  }
}

extension Thumbnail {
  /// The network's input for an image, coloured red where it is strange.
  ///
  /// - Returns: nil if the network's input is not a picture.
  /// - Throws: `ImagingError` if it cannot be encoded.
  package init?(_ map: ScoreMap) throws {
    guard let drawn = map.drawn(least: Picture.side) else { return nil }
    try self.init(drawn, side: Picture.side, quality: Picture.quality)
  }

  /// An image for reports. A tensor is converted back to pixels if its preprocessing allows that.
  ///
  /// - Returns: nil for a tensor that is not a picture.
  /// - Throws: `ImagingError` if it cannot be decoded.
  package init?(_ image: EncodedImage, of preprocessing: ResolvedPreprocessing) throws {
    switch try image.decode(preprocessing.decoding) {
    case .pixels(let pixels): try self.init(pixels, side: Picture.side, quality: Picture.quality)
    case .tensor(let values, _):
      guard let picture = preprocessing.picture(of: values) else { return nil }
      try self.init(picture, side: Picture.side, quality: Picture.quality)
    }
  }
}
