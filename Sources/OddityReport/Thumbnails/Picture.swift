import Foundation
import Imaging
import Oddity

/// One image to be shown, with what was found of it.
struct Picture: Sendable {
  /// Nil where the image cannot be read again.
  let thumbnail: Thumbnail?
  let name: String
  let score: Float
  let pValue: Double
  let isFlagged: Bool

  /// The side of the square that it fits, in pixels, and the JPEG quality: 200 of them, of noise even, stay below
  /// 1.5 MB.
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
      return .element("span", ["class": "missing"], "cannot be shown")
    }
    // Few pixels are shown as they are, not smoothed.
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
  /// Where images are strange, by source and position: these are drawn over them.
  var maps: [Int: [Int: ScoreMap]] = [:]

  /// An image, and what was found of it.
  struct Request: Sendable {
    /// Which of the sources it is in.
    let source: Int
    /// Its position among the source's items.
    let position: Int
    let score: Float
    let pValue: Double
    let isFlagged: Bool
  }

  /// One picture for each request, in their order.
  ///
  /// Only these images are read. One that cannot be read any more is a picture without a thumbnail.
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
  /// What the network was shown of an image, red where it is strange.
  ///
  /// - Returns: nil where the network's input is no picture.
  /// - Throws: `ImagingError` where it cannot be encoded.
  package init?(_ map: ScoreMap) throws {
    guard let drawn = map.drawn(least: Picture.side) else { return nil }
    try self.init(drawn, side: Picture.side, quality: Picture.quality)
  }

  /// An image as reports show it; a tensor is taken back to pixels where its preprocessing allows that.
  ///
  /// - Returns: nil for a tensor of no picture.
  /// - Throws: `ImagingError` where it cannot be decoded.
  package init?(_ image: EncodedImage, of preprocessing: ResolvedPreprocessing) throws {
    switch try image.decode(preprocessing.decoding) {
    case .pixels(let pixels): try self.init(pixels, side: Picture.side, quality: Picture.quality)
    case .tensor(let values, _):
      guard let picture = preprocessing.picture(of: values) else { return nil }
      try self.init(picture, side: Picture.side, quality: Picture.quality)
    }
  }
}
