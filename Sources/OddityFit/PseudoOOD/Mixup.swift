import OddityModel

/// `mixup[:SHARE]`: the weighted mean of the image and another in-distribution image.
///
/// `(1 − s) · x + s · d` for a share s (½) of the donor d, which one draw of the kind's stream chooses.
/// Source: Zhang et al., *mixup: Beyond Empirical Risk Minimization*, ICLR 2018. There the share is random
/// too, and here every image has the same strength.
struct Mixup: MixingKind {
  static let kind = "mixup"

  /// The share of the donor.
  let share: Double

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) throws(OddityError) {
    var generator = image.random.stream(of: Self.kind)
    let donor = try image.donor(of: Self.kind, using: &generator)
    for place in pseudo.indices {
      pseudo[place] = Float((1 - share) * Double(image.values[place]) + share * Double(donor.values[place]))
    }
  }
}
