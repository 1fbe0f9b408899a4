import Foundation

/// What went wrong with an image, a source of images, or a preprocessing specification.
public struct ImagingError: LocalizedError, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The file cannot be opened or read.
    case unreadable
    /// The content is not in an image format that Oddity reads.
    case notAnImage
    /// The content ends early.
    case truncated
    /// The content is damaged, or ends early in a format whose decoder does not tell these apart.
    case corrupt
    /// More pixels or bytes than Oddity accepts.
    case tooLarge
    /// A valid file of a kind that Oddity does not convert.
    case unsupported
    /// Zero bytes.
    case empty
    /// An archive exceeds its limits on entries, bytes or inflation.
    case archiveLimit
    /// A source without a single image.
    case noImages
    /// A source that is not one, or whose parts disagree.
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

  /// What `localizedDescription` says: the description.
  public var errorDescription: String? { description }

  public var description: String {
    guard let underlying, !underlying.isEmpty else { return message }
    return "\(message) (\(underlying))"
  }
}
