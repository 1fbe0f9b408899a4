import Imaging
import Oddity

/// A source that contains some of another source's images, such as a seeded sample.
struct SampledSource: ImageSource {
  let items: [ImageItem]
  private let whole: any ImageSource
  private let positions: [Int]

  init(_ path: String, count: Int, seed: UInt64 = 1) throws {
    let whole = try ImageSources.open(path)
    self.init(whole, positions: Sample.positions(ids: whole.items.map(\.id), limit: count, seed: seed))
  }

  /// Selects the images at these positions, in ascending order.
  init(_ whole: any ImageSource, positions: [Int]) {
    (self.whole, self.positions) = (whole, positions)
    items = positions.map { whole.items[$0] }
  }

  var description: String { whole.description }

  func reader(selecting indices: [Int]?) throws(ImagingError) -> any ImageReader {
    let chosen = (indices ?? Array(items.indices)).map { positions[$0] }
    return Reader(whole: try whole.reader(selecting: chosen), positions: positions)
  }

  private final class Reader: ImageReader {
    private let whole: any ImageReader
    private let places: [Int: Int]

    init(whole: any ImageReader, positions: [Int]) {
      self.whole = whole
      places = Dictionary(uniqueKeysWithValues: positions.enumerated().map { ($1, $0) })
    }

    func next() throws(ImagingError) -> (index: Int, payload: Result<EncodedImage, ImagingError>)? {
      guard let (index, payload) = try whole.next(), let place = places[index] else { return nil }
      return (place, payload)
    }
  }
}
