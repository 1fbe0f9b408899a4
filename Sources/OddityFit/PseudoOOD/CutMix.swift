import OddityModel

/// `cutmix[:SHARE]`: the image with a rectangle of another in-distribution image at the same position.
///
/// The rectangle is ⌊H√s⌋ × ⌊W√s⌋ pixels, at least 1 × 1, for a share s of the area (½). Three draws of the
/// kind's stream determine the donor, the first row, which is `draw % (H − h + 1)`, and the first column,
/// `draw % (W − w + 1)`.
/// Source: Yun et al., *CutMix*, ICCV 2019. There the share is random too, and here every image has the same
/// strength.
struct CutMix: MixingKind {
  static let kind = "cutmix"

  /// The share of the area.
  let share: Double

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) throws(OddityError) {
    let shape = image.shape
    var generator = image.random.stream(of: Self.kind)
    let donor = try image.donor(of: Self.kind, using: &generator)
    let rows = generator.nextInterval(of: length(in: shape.height), in: shape.height)
    let columns = generator.nextInterval(of: length(in: shape.width), in: shape.width)
    _ = pseudo.update(fromContentsOf: image.values)
    for channel in 0..<shape.channels {
      for row in rows {
        for column in columns {
          let place = channel * shape.channelStride + (row * shape.width + column) * shape.pixelStride
          pseudo[place] = donor.values[place]
        }
      }
    }
  }

  /// The length of the rectangle along a side.
  private func length(in side: Int) -> Int { max(1, Int(Double(side) * share.squareRoot())) }
}
