import Imaging

/// Reads images again to show them.
struct PictureReader: Sendable {
  let preprocessing: ResolvedPreprocessing

  /// An image of a source, and what was found of it.
  struct Request: Sendable {
    let position: Int
    let score: Float
    let pValue: Double
    let isFlagged: Bool
  }

  /// One picture for each request, in their order.
  ///
  /// Only these images are read. One that cannot be read any more is a picture without a thumbnail.
  func pictures(of requests: [Request], from source: any ImageSource) -> [Picture] {
    let thumbnails = thumbnails(at: requests.map(\.position), of: source)
    return requests.map { request in
      Picture(
        thumbnail: thumbnails[request.position], name: source.items[request.position].name,
        score: request.score, pValue: request.pValue, isFlagged: request.isFlagged)
    }
  }

  private func thumbnails(at positions: [Int], of source: any ImageSource) -> [Int: Thumbnail] {
    guard !positions.isEmpty, let reader = try? source.reader(selecting: positions) else { return [:] }
    var thumbnails: [Int: Thumbnail] = [:]
    while let (index, payload) = try? reader.next() {
      thumbnails[index] = try? thumbnail(payload.get())
    }
    return thumbnails
  }

  private func thumbnail(_ image: EncodedImage) throws -> Thumbnail? {
    switch try image.decode(preprocessing.decoding) {
    case .pixels(let pixels): try Thumbnail(pixels, side: Picture.side, quality: Picture.quality)
    case .tensor(let values, _):
      try preprocessing.picture(of: values).map {
        try Thumbnail($0, side: Picture.side, quality: Picture.quality)
      }
    }
  }
}
