import Foundation
import OddityScores

/// What a guarded model knows about how its calibration images look to it, and how they would look with each
/// fault.
///
/// It is stored in `metadata_props["oddity.signatures"]`.
package struct StoredSignatures: Sendable {
  static let key = "oddity.signatures"

  /// The names of the values of a signature.
  let features: [String]
  /// Whether the calibration images came from a separate source. Otherwise the classifier may have been
  /// trained on them.
  let isHeldOut: Bool
  /// The calibration images on which no fault was replayed.
  var images: [ImageSignature]
  /// The images on which faults were replayed, without a fault.
  let unchanged: SignatureSummary
  let replays: [Replay]
  /// The number of images on which faults were replayed.
  let replayedImages: Int

  /// One fault of one strength.
  struct Replay: Sendable {
    let fault: Fault
    let strength: String
    let chain: String?
    let summary: SignatureSummary
  }

  /// - Parameter isHeldOut: whether the images came from a separate source.
  /// - Returns: nil if there are too few images.
  package init?(_ sample: SignatureSample, _ replayed: SignatureReplays, isHeldOut: Bool) {
    let (replays, form) = (replayed.replays, replayed.form)
    let sorted = sample.entries.sorted { $0.key < $1.key }
    let sizes = SignatureSample.Sizes(images: sorted.count)
    let ready = sorted.indices.filter { sorted[$0].replays.count == replays.count }
    let chosen = Set(ready.prefix(sizes.replayed))
    guard chosen.count >= 2, sorted.count - chosen.count >= 2 else { return nil }
    let replayed = sorted.indices.filter(chosen.contains).map { sorted[$0] }
    let others = sorted.indices.filter { !chosen.contains($0) }.map { sorted[$0].signature }
    self.isHeldOut = isHeldOut
    features = form.features
    images = Array(others.prefix(SignatureSample.compared))
    unchanged = SignatureSummary(replayed.map(\.signature))
    self.replays = replays.enumerated().compactMap { place, replay in
      guard let fault = replay.fault else { return nil }
      return Replay(
        fault: fault, strength: replay.strength, chain: replay.chain,
        summary: SignatureSummary(replayed.map { $0.replays[place] }))
    }
    replayedImages = replayed.count
  }
}

/// Mean and standard deviation of each value over some signatures.
struct SignatureSummary: Sendable, Equatable {
  let mean: [Float]
  let std: [Float]

  init(mean: [Float], std: [Float]) { (self.mean, self.std) = (mean, std) }

  /// - Parameter signatures: at least one.
  init(_ signatures: [ImageSignature]) {
    let columns = signatures[0].values.indices.map { column in signatures.map { Double($0.values[column]) } }
    let means = columns.map { Moments.mean($0) }
    mean = means.map { Float($0) }
    std = zip(columns, means).map { Float(Moments.deviation($0, around: $1)) }
  }
}

extension StoredSignatures {
  /// The format in the file: little-endian numbers in base64, signatures in half precision.
  private struct Stored: Codable {
    let format: Int
    let heldOut: Bool
    let features: [String]
    /// float16 [images, features]
    let values: Data
    /// int32 [images]
    let classes: Data
    let replayedImages: Int
    /// float32 [2, features]: mean and standard deviation.
    let unchanged: Data
    let replays: [StoredReplay]

    enum CodingKeys: String, CodingKey {
      case format
      case heldOut = "held_out"
      case features, values, classes, unchanged, replays
      case replayedImages = "replayed_images"
    }
  }

  private struct StoredReplay: Codable {
    let fault: Fault
    let strength: String
    let chain: String?
    let summary: Data
  }

  private static let format = 1

  func json() throws -> String {
    try Stored(
      format: Self.format, heldOut: isHeldOut, features: features,
      values: Data(littleEndian: images.flatMap(\.values).map { Float16($0).bitPattern }),
      classes: Data(littleEndian: images.map { UInt32(truncatingIfNeeded: $0.classIndex) }),
      replayedImages: replayedImages, unchanged: unchanged.data,
      replays: replays.map {
        StoredReplay(fault: $0.fault, strength: $0.strength, chain: $0.chain, summary: $0.summary.data)
      }
    ).json()
  }

  init?(json: String, classes: Int) {
    guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)),
      stored.format == Self.format, let words = stored.values.littleEndianWords(UInt16.self),
      let predicted = stored.classes.littleEndianWords(UInt32.self)
    else { return nil }
    let width = stored.features.count
    guard width > 0, words.count == predicted.count * width, predicted.count >= 2,
      predicted.allSatisfy({ $0 < classes }), stored.replayedImages >= 2,
      let unchanged = SignatureSummary(stored.unchanged, width: width)
    else { return nil }
    let values = words.map { Float(Float16(bitPattern: $0)) }
    guard values.allSatisfy({ abs($0) <= 100 }) else { return nil }
    isHeldOut = stored.heldOut
    features = stored.features
    images = predicted.indices.map {
      ImageSignature(values: Array(values[$0 * width..<($0 + 1) * width]), classIndex: Int(predicted[$0]))
    }
    self.unchanged = unchanged
    replayedImages = stored.replayedImages
    replays = stored.replays.compactMap { replay in
      SignatureSummary(replay.summary, width: width).map {
        Replay(fault: replay.fault, strength: replay.strength, chain: replay.chain, summary: $0)
      }
    }
    guard replays.count == stored.replays.count, !replays.isEmpty,
      replays.allSatisfy({ $0.fault != .otherImages })
    else { return nil }
  }
}

extension SignatureSummary {
  fileprivate var data: Data { Data(littleEndian: (mean + std).map(\.bitPattern)) }

  fileprivate init?(_ data: Data, width: Int) {
    guard let words = data.littleEndianWords(UInt32.self), words.count == 2 * width else { return nil }
    let values = words.map { Float(bitPattern: $0) }
    guard values.allSatisfy({ abs($0) <= 200 }), values.suffix(width).allSatisfy({ $0 >= 0 }) else {
      return nil
    }
    self.init(mean: Array(values.prefix(width)), std: Array(values.suffix(width)))
  }
}
