import OddityModel

/// An in-distribution image whose content is used in pseudo-OOD images of its part.
package struct Donor: Sendable {
  package let id: UInt64
  /// The preprocessed image, in the same layout as the others.
  package let values: [Float]
}

extension SourceImage {
  /// The donor number `draw % n` among the n donors with another id, in their order.
  ///
  /// - Parameter kind: the kind that needs a donor, for the error.
  /// - Throws: `OddityError.badData` if the image's part holds no other image.
  func donor(of kind: String, using generator: inout SplitMix64) throws(OddityError) -> Donor {
    let others = donors.filter { $0.id != id }
    guard !others.isEmpty else {
      throw OddityError(
        .badData,
        "\(kind) mixes two images, but one part of the data has only one image: pass more images with "
          + "\(.inDistribution), or leave out \(kind), auto and fusion, which all make such images")
    }
    let donor = others[generator.nextIndex(below: others.count)]
    precondition(donor.values.count == shape.count, "a donor of another shape")
    return donor
  }
}
