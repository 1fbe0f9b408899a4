import Foundation
import Oddity

/// Where the images of a stream come from, as a client names it: a camera, a shop, an app's version.
struct StreamName: Hashable, Sendable, CustomStringConvertible {
  /// Of clients that name none.
  static let unnamed = StreamName(description: "default")

  let description: String

  private init(description: String) { self.description = description }

  /// What a client says of the source: nothing, the name of one, or `none`, whose images are in no stream.
  ///
  /// - Throws: as ``init(_:)``.
  static func named(_ text: String?) throws(Problem) -> StreamName? {
    guard let text else { return unnamed }
    return text == "none" ? nil : try StreamName(text)
  }

  /// - Throws: ``Problem`` 400 where it is not 1 to 64 letters, digits, dots, dashes or underscores (ASCII).
  init(_ text: String) throws(Problem) {
    // Scalars: a character may be another one that counts as equal.
    guard text.wholeMatch(of: /[A-Za-z0-9._-]{1,64}/.matchingSemantics(.unicodeScalar)) != nil else {
      throw Problem(
        .badRequest, "a source is named by 1 to 64 letters, digits, dots, dashes and underscores"
      )
    }
    description = text
  }
}

/// What the streams of a model are compared with: its calibration scores.
struct StreamCalibration: Sendable {
  /// Of the classifier, the score and the calibration scores: a stream that was watched with another one begins anew.
  let identity: String
  private let bins: ScoreBins

  /// - Returns: nil for files of versions 1 and 2, which do not carry their calibration scores.
  init?(_ guarded: GuardedModel) throws {
    guard let scores = try guarded.calibrationSample()?.scores, !scores.isEmpty else { return nil }
    bins = ScoreBins(scores)
    var hash = SHA256()
    hash.update(data: Data("\(guarded.metadata.sourceSHA256)\n\(guarded.metadata.score)\n".utf8))
    hash.update(data: Data(littleEndian: scores.map(\.bitPattern)))
    identity = hash.finalize().hex
  }

  /// A stream that has no image yet. Its seed follows from its name, so that others can repeat its p-values.
  func stream(_ name: StreamName) -> StreamMartingale {
    let digest = SHA256.hash(data: Data("\(identity)\n\(name)".utf8))
    let seed = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return StreamMartingale(bins, seed: seed)
  }

  /// A stream that goes on; nil where what was kept is damaged.
  func stream(_ state: StreamMartingale.State, counts: [UInt32]) -> StreamMartingale? {
    StreamMartingale(state, counts: counts, bins: bins)
  }
}
