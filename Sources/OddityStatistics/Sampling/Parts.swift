/// One of the disjoint parts of the in-distribution data.
public enum Part: String, Sendable, CaseIterable {
  /// NormRatio and everything else that is learned: means, banks, percentiles.
  case fit
  /// For comparison and choice: `auroc_pseudo`, mixture weights.
  case select
  /// Only for p-values.
  case calibrate
  /// Half of a calibration source's images, on which `tempscale` fits its temperature. A temperature must be
  /// learnt from images that the classifier was not trained on, and p-values need images from which nothing
  /// was learnt.
  case temperature

  /// Whether its images are used for no choice or fit of blocks and scores, except temperatures.
  package var isHeldOut: Bool { self == .calibrate || self == .temperature }
}

/// Divides in-distribution images into the parts, each image by its own seeded draw.
///
/// Without a calibration source the shares are 60 % fit, 20 % select and 20 % calibrate. With one, ID images
/// are divided into 75 % fit and 25 % select. The third part is that source, or half of it if a temperature
/// is fitted.
package struct Parts: Sendable {
  /// Whether calibration images come from a separate source.
  package let hasCalibrationSource: Bool
  /// The ID images over which NormRatio is computed.
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

  /// Whether an ID image in `part` counts for NormRatio. The parts remain disjoint for everything else.
  package func entersNormRatio(_ part: Part) -> Bool {
    switch normRatioImages {
    case .fitPart: part == .fit
    case .selectPart: part == .select
    case .all: true
    }
  }
}

/// The in-distribution images over which NormRatio is computed. Each of them costs a second forward pass, of
/// its pseudo-OOD image.
package enum NormRatioImages: Sendable {
  case fitPart
  /// Those that get pseudo-OOD images anyway, if the user named the block, so that NormRatio selects nothing.
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
  ///   - limit: how many to keep; all of them if there are no more, none if it is not positive.
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
