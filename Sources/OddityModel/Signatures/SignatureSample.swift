import OddityScores

/// Signatures of some calibration images, of which those with the smallest keys have those of their faulty copies too.
package struct SignatureSample: Sendable {
  package struct Entry: Sendable {
    /// By which images are chosen: the smallest first.
    package let key: UInt64
    package let signature: ImageSignature
    /// Of the same image with each fault, in the order of the replays; empty where none were made.
    package let replays: [ImageSignature]

    package init(key: UInt64, signature: ImageSignature, replays: [ImageSignature]) {
      (self.key, self.signature, self.replays) = (key, signature, replays)
    }
  }

  /// On how many images faults are replayed, and how many are looked at in all.
  ///
  /// Faults are replayed on a quarter of the calibration images, at most 64. Photographs are compared with the others, so that the test
  /// is exact.
  package struct Sizes {
    package let replayed: Int
    package let all: Int

    /// - Parameter isPart: whether other machines have further images.
    package init(images: Int, isPart: Bool = false) {
      let isEnough = images >= SignatureSample.least || isPart
      replayed = isEnough ? min(64, isPart ? images : images / 4) : 0
      all = isEnough ? min(images, replayed + SignatureSample.compared) : 0
    }
  }

  /// With how many images photographs are compared at most. They are few numbers each, and the more they are, the less does the rate of
  /// false alarms depend on which images they happen to be.
  package static let compared = 1_024
  /// With fewer calibration images nothing can be told.
  package static let least = 40

  package private(set) var entries: [Entry]

  package init(_ entries: [Entry] = []) { self.entries = entries }

  package mutating func append(_ others: [Entry]) { entries += others }
}
