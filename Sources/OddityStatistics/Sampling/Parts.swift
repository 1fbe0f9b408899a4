/// One of the disjoint parts of the in-distribution data.
public enum Part: String, Sendable, CaseIterable {
  /// NormRatio and everything else that is learned: means, banks, percentiles.
  case fit
  /// What compares and chooses: `auroc_pseudo`, mixture weights.
  case select
  /// P-values, and nothing else.
  case calibrate
  /// Half of a calibration source's images, where `tempscale` fits its temperature: that is learnt from images that the
  /// classifier was not trained on, and p-values come from images that nothing was learnt from.
  case temperature

  /// Whether neither blocks nor scores, temperatures aside, are chosen or fitted by its images.
  package var isHeldOut: Bool { self == .calibrate || self == .temperature }
}

/// The rule that deals in-distribution images to the parts, each image by its own seeded draw.
///
/// Without a calibration source the shares are 60 % fit, 20 % select and 20 % calibrate; with one, ID images split
/// into 75 % fit and 25 % select, and the third part is that source, or half of it where a temperature is fitted.
package struct Parts: Sendable {
  /// Whether calibration images come from a source of their own.
  package let hasCalibrationSource: Bool
  /// Over which ID images NormRatio runs.
  package let normRatioImages: NormRatioImages
  /// Whether half of the calibration source's images fit a temperature.
  package let fitsTemperature: Bool

  package init(
    hasCalibrationSource: Bool, normRatioImages: NormRatioImages = .fitPart, fitsTemperature: Bool = false
  ) {
    self.hasCalibrationSource = hasCalibrationSource
    self.normRatioImages = normRatioImages
    self.fitsTemperature = fitsTemperature
  }

  /// The part of an ID image.
  package func part(of image: ImageRandomness) -> Part {
    let (fit, select) = hasCalibrationSource ? (0.75, 1.0) : (0.6, 0.8)
    if image.partDraw < fit { return .fit }
    return image.partDraw < select ? .select : .calibrate
  }

  /// The part of an image of a calibration source.
  package func part(ofCalibration image: ImageRandomness) -> Part {
    fitsTemperature && image.partDraw < 0.5 ? .temperature : .calibrate
  }

  /// Whether an ID image that fell into `part` counts in NormRatio. The parts stay disjoint for everything else.
  package func entersNormRatio(_ part: Part) -> Bool {
    switch normRatioImages {
    case .fitPart: part == .fit
    case .selectPart: part == .select
    case .all: true
    }
  }
}

/// Which in-distribution images NormRatio runs over; each of them costs a second forward pass, of its pseudo-OOD image.
package enum NormRatioImages: Sendable {
  case fitPart
  /// Those that get pseudo-OOD images anyway: where the block is named, NormRatio selects nothing.
  case selectPart
  /// All ID images, as in the paper.
  case all
}

/// A seeded uniform sample of images.
package enum Sample {
  /// The positions of `limit` images: those with the smallest sampling keys, ties by position.
  ///
  /// A sample of fewer images is contained in a sample of more, and adding images elsewhere changes no key.
  ///
  /// - Parameters:
  ///   - ids: the 64-bit identities of all images of one source, in source order.
  ///   - limit: how many to keep; all of them where there are no more than that, none where it is not positive.
  ///   - seed: the run's seed.
  /// - Returns: positions in `ids`, ascending.
  package static func positions(ids: [UInt64], limit: Int, seed: UInt64) -> [Int] {
    guard limit < ids.count else { return Array(ids.indices) }
    let keyed = ids.enumerated().map { position, id in
      (key: ImageRandomness(seed: seed, id: id).samplingKey, position: position)
    }
    return keyed.sorted { $0 < $1 }.prefix(max(limit, 0)).map(\.position).sorted()
  }
}
