import Foundation

/// An error of an image, a source of images, or a preprocessing specification.
public struct ImagingError: LocalizedError, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The file cannot be opened or read.
    case unreadable
    /// The content is not in an image format that Oddity reads.
    case notAnImage
    /// The content ends early.
    case truncated
    /// The content is damaged, or ends early in a format whose decoder does not distinguish the two.
    case corrupt
    /// More pixels or bytes than Oddity accepts.
    case tooLarge
    /// A valid file of a kind that Oddity does not convert.
    case unsupported
    /// The content has zero bytes.
    case empty
    /// An archive exceeds its limits on entries, bytes or inflation.
    case archiveLimit
    /// The source holds no image.
    case noImages
    /// The source is not one, or its parts contradict each other.
    case badSource
    /// A preprocessing specification that is wrong or does not fit the model.
    case badPreprocessing
    /// A decoding library is not installed.
    case decoderMissing
  }

  public let code: Code
  /// Names the file or key, and says what to do.
  public let message: String
  /// The text of the library or system call that failed.
  public let underlying: String?

  public init(_ code: Code, _ message: String, underlying: String? = nil) {
    self.code = code
    self.message = FileName.shownOnOneLine(message)
    self.underlying = underlying.map(FileName.shownOnOneLine)
  }

  static func tooLarge(_ message: String) -> ImagingError { ImagingError(.tooLarge, message) }
  static func badSource(_ message: String) -> ImagingError { ImagingError(.badSource, message) }
  static func unsupported(_ message: String) -> ImagingError { ImagingError(.unsupported, message) }
  static func preprocessing(_ message: String) -> ImagingError { ImagingError(.badPreprocessing, message) }

  /// The description, for `localizedDescription`.
  public var errorDescription: String? { description }

  public var description: String {
    guard let underlying, !underlying.isEmpty else { return message }
    return "\(message) (\(underlying))"
  }
}
