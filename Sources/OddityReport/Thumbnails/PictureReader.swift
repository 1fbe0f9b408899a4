import Imaging

/// Reads images again to show them.
struct PictureReader: Sendable {
  let preprocessing: ResolvedPreprocessing
  let sources: [any ImageSource]

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
        thumbnail: thumbnails[request.source]?[request.position],
        name: sources[request.source].items[request.position].name, score: request.score,
        pValue: request.pValue, isFlagged: request.isFlagged)
    }
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
