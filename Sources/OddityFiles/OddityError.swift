import Foundation
import Imaging

/// An error of the product: a code for programs, and a sentence that names the offender and says what to do.
public struct OddityError: LocalizedError, Sendable, CustomStringConvertible {
  /// The kind of failure; the command maps it to its exit code.
  public enum Code: String, Sendable, CaseIterable {
    /// The caller asked for something that does not exist or does not make sense.
    case usage
    /// The model is not ONNX, is broken, or cannot be guarded.
    case badModel
    /// Images, labels or scores are unusable.
    case badData
    /// Fewer calibration images than the requested false-alarm rate needs.
    case tooFewCalibrationImages
    /// The classifier has no block that could be selected.
    case noBlocks
    /// The classifier's logits or penultimate features were not found.
    case noHead
    /// The file is a guarded model, but a plain classifier is needed.
    case alreadyGuarded
    /// The file is a plain classifier, but a guarded model is needed.
    case notGuarded
    /// A result could not be written.
    case output
    /// A library that a score needs for fitting is not installed.
    case libraryMissing
  }

  public let code: Code
  /// Names the offender and says what to do.
  public let message: String
  /// The error of the layer below, if there was one.
  public let underlying: (any Error)?

  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    // The name of the offender may contain any character, even a line break.
    self.message = FileName.shownOnOneLine(message)
    self.underlying = underlying
  }

  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  public var description: String { message }
}
