import Foundation
import Oddity

/// The source of a stream's images, as a client names it: a camera, a shop, a version of an app.
struct StreamName: Hashable, Sendable, CustomStringConvertible {
  /// The stream of clients that name no source.
  static let unnamed = StreamName(description: "default")

  let description: String

  private init(description: String) { self.description = description }

  /// Reads the source that a client names. Without a name it is ``unnamed``. Images of the source `none`
  /// belong to no stream.
  ///
  /// - Throws: as ``init(_:)``.
  static func named(_ text: String?) throws(Problem) -> StreamName? {
    guard let text else { return unnamed }
    return text == "none" ? nil : try StreamName(text)
  }

  /// - Throws: ``Problem`` 400 if it is not 1 to 64 ASCII letters, digits, dots, dashes or underscores.
  init(_ text: String) throws(Problem) {
    // Compares Unicode scalars, because different characters can be equal as Swift characters.
    guard text.wholeMatch(of: /[A-Za-z0-9._-]{1,64}/.matchingSemantics(.unicodeScalar)) != nil else {
      throw Problem(
        .badRequest, "the name of a source must have 1 to 64 letters, digits, dots, dashes or underscores"
      )
    }
    description = text
  }
}

/// The calibration scores of a model, with which its streams are compared.
struct StreamCalibration: Sendable {
  /// A hash of the classifier, the score and the calibration scores. A stream that was watched with another
  /// one begins again.
  let identity: String
  private let bins: ScoreBins

  /// - Returns: nil for files of versions 1 and 2, which do not contain their calibration scores.
  init?(_ guarded: GuardedModel) throws {
    guard let scores = try guarded.calibrationSample()?.scores, !scores.isEmpty else { return nil }
    bins = ScoreBins(scores)
    var hash = SHA256()
    hash.update(data: Data("\(guarded.metadata.sourceSHA256)\n\(guarded.metadata.score)\n".utf8))
    hash.update(data: Data(littleEndian: scores.map(\.bitPattern)))
    identity = hash.finalize().hex
  }

  /// A stream without images yet. Its seed is derived from its name, so that others can reproduce its
  /// p-values.
  func stream(_ name: StreamName) -> StreamMartingale {
    let digest = SHA256.hash(data: Data("\(identity)\n\(name)".utf8))
    let seed = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return StreamMartingale(bins, seed: seed)
  }

  /// A stream that continues, or nil if its saved state is damaged.
  func stream(_ state: StreamMartingale.State, counts: [UInt32]) -> StreamMartingale? {
    StreamMartingale(state, counts: counts, bins: bins)
  }
}
