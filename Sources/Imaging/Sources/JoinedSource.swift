/// Several sources, one after another, as one source.
package struct JoinedSource: ImageSource {
  package let description: String
  package let items: [ImageItem]
  private let parts: [any ImageSource]
  /// The index at which each part's items begin.
  private let starts: [Int]

  package init(_ parts: [any ImageSource]) {
    self.parts = parts
    description = parts.map(\.description).joined(separator: ", ")
    items = parts.flatMap(\.items)
    starts = parts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.items.count) }
  }

  package var remarks: [String] { parts.flatMap(\.remarks) }

  package func tensorRange() throws(ImagingError) -> ClosedRange<Float>? {
    var ranges: [ClosedRange<Float>?] = []
    for part in parts { ranges.append(try part.tensorRange()) }
    return .joining(ranges)
  }

  package func reader(selecting indices: [Int]?) throws(ImagingError) -> any ImageReader {
    var selected = selection(indices)[...]
    var readers: [Follower] = []
    for (part, (start, end)) in zip(parts, zip(starts, starts.dropFirst())) {
      let inside = selected.prefix { $0 < end }.map { $0 - start }
      selected = selected.dropFirst(inside.count)
      guard !inside.isEmpty else { continue }
      readers.append(Follower(start: start, reader: try part.reader(selecting: inside)))
    }
    return Reader(readers)
  }

  private struct Follower {
    let start: Int
    let reader: any ImageReader
  }

  private final class Reader: ImageReader {
    private var parts: ArraySlice<Follower>

    init(_ parts: [Follower]) { self.parts = parts[...] }

    func next() throws(ImagingError) -> (index: Int, payload: Result<EncodedImage, ImagingError>)? {
      while let part = parts.first {
        if let (index, payload) = try part.reader.next() { return (part.start + index, payload) }
        parts.removeFirst()
      }
      return nil
    }
  }
}
