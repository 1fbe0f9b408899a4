import OddityScores

/// Signatures of some calibration images. The images with the smallest keys also have signatures of their
/// faulty copies.
package struct SignatureSample: Sendable {
  package struct Entry: Sendable {
    /// The key by which images are chosen, the smallest first.
    package let key: UInt64
    package let signature: ImageSignature
    /// The signatures of the same image with each fault, in the order of the replays; empty if none were
    /// made.
    package let replays: [ImageSignature]

    package init(key: UInt64, signature: ImageSignature, replays: [ImageSignature]) {
      (self.key, self.signature, self.replays) = (key, signature, replays)
    }
  }

  /// How many images faults are replayed on, and how many images are used in all.
  ///
  /// Faults are replayed on a quarter of the calibration images, at most 64. Photographs are compared with
  /// the other images, so that the test is exact.
  package struct Sizes {
    package let replayed: Int
    package let all: Int

    /// - Parameter isPart: whether other machines have more images.
    package init(images: Int, isPart: Bool = false) {
      let isEnough = images >= SignatureSample.least || isPart
      replayed = isEnough ? min(64, isPart ? images : images / 4) : 0
      all = isEnough ? min(images, replayed + SignatureSample.compared) : 0
    }
  }

  /// The most images that photographs are compared with. Their signatures are small. The more there are, the
  /// less the false-alarm rate depends on which images they happen to be.
  package static let compared = 1_024
  /// Fewer calibration images are not enough for a diagnosis.
  package static let least = 40

  package private(set) var entries: [Entry]

  package init(_ entries: [Entry] = []) { self.entries = entries }

  package mutating func append(_ others: [Entry]) { entries += others }
}
