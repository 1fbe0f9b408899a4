/// One of the three disjoint parts of the in-distribution data.
public enum Part: String, Sendable, CaseIterable {
  /// NormRatio and everything else that is learned: means, banks, percentiles.
  case fit
  /// What compares and chooses: `auroc_pseudo`, mixture weights, temperatures.
  case select
  /// P-values, and nothing else.
  case calibrate
}

/// The rule that deals in-distribution images to the parts, each image by its own seeded draw.
///
/// Without a calibration source the shares are 60 % fit, 20 % select and 20 % calibrate; with one, `--id` splits
/// into 75 % fit and 25 % select, and the third part is that source.
public struct Parts: Sendable {
  /// Whether calibration images come from a source of their own (`--calibration`).
  public let hasCalibrationSource: Bool
  /// Over which images of `--id` NormRatio runs.
  public let normRatioImages: NormRatioImages

  public init(hasCalibrationSource: Bool, normRatioImages: NormRatioImages = .fitPart) {
    self.hasCalibrationSource = hasCalibrationSource
    self.normRatioImages = normRatioImages
  }

  /// The part of an image of `--id`.
  public func part(of image: ImageRandomness) -> Part {
    let (fit, select) = hasCalibrationSource ? (0.75, 1.0) : (0.6, 0.8)
    if image.partDraw < fit { return .fit }
    return image.partDraw < select ? .select : .calibrate
  }

  /// Whether an image of `--id` that fell into `part` counts in NormRatio. The parts stay disjoint for everything else.
  public func entersNormRatio(_ part: Part) -> Bool {
    switch normRatioImages {
    case .fitPart: part == .fit
    case .selectPart: part == .select
    case .all: true
    }
  }
}

/// Which in-distribution images NormRatio runs over; each of them costs a second forward pass, of its pseudo-OOD image.
public enum NormRatioImages: Sendable {
  case fitPart
  /// Those that get pseudo-OOD images anyway: where the block is named, NormRatio selects nothing.
  case selectPart
  /// All of `--id`, as in the paper (`--paper-split`).
  case all
}
