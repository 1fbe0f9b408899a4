import OddityModel

/// `cutmix[:SHARE]`: a rectangle of another in-distribution image pasted into the image at the same place.
///
/// The rectangle is ⌊H√s⌋ × ⌊W√s⌋ pixels, at least 1 × 1, for a share s of the area (½). Three draws of the kind's
/// stream decide: the donor is `draw % n` of the n donors of the image's part whose id is another, in their order;
/// the first row is `draw % (H − h + 1)`, the first column `draw % (W − w + 1)`.
/// Source: Yun et al., *CutMix*, ICCV 2019; there the share is drawn too, here every image gets the same strength.
struct CutMix: PseudoOODTransform {
  static let kind = "cutmix"
  static let strengthName: String? = "SHARE"
  static let needsDonors = true
  static let shares = 0.01...0.99

  /// Of the area.
  let share: Double

  init(strength: StrengthText) throws(OddityError) {
    share = try strength.number(in: Self.shares) ?? 0.5
  }

  var strength: String? { Numbers.shortest(share) }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) throws(OddityError) {
    let shape = image.shape
    let donors = image.donors.filter { $0.id != image.id }
    guard !donors.isEmpty else {
      throw OddityError(
        .badData,
        "a part of the images holds one alone, and cutmix, which 'auto' takes too, mixes two: give more "
          + "\(.inDistribution) images, or leave cutmix and auto out")
    }
    var generator = image.random.stream(of: Self.kind)
    let donor = donors[Int(generator.next() % UInt64(donors.count))]
    precondition(donor.values.count == shape.count, "a donor of another shape")
    let rows = interval(of: shape.height, using: &generator)
    let columns = interval(of: shape.width, using: &generator)
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

  /// The rectangle's extent along a side.
  private func interval(of side: Int, using generator: inout SplitMix64) -> Range<Int> {
    let length = max(1, Int(Double(side) * share.squareRoot()))
    let start = Int(generator.next() % UInt64(side - length + 1))
    return start..<start + length
  }
}

/// An in-distribution image that lends a rectangle to others of its part.
package struct Donor: Sendable {
  package let id: UInt64
  /// The preprocessed image, laid out as the others.
  package let values: [Float]
}
