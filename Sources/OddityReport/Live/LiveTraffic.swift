import Foundation
import Imaging
import Oddity

/// What a server has lately seen of one model.
package struct LiveTraffic: Sendable {
  package let name: String
  package let metadata: GuardMetadata
  /// The last hour, from the oldest; the last one is not over.
  package var minutes: [Minute] = []
  /// Images of the last hour by p-value, in bins of equal width from 0 to 1.
  package var pValues: [Int] = []
  /// Of the latest requests, in seconds: the median and the 99th percentile; nil before there are any.
  package var latency: (median: Double, high: Double)?
  /// nil where streams cannot be watched.
  package var drift: Drift?
  /// The latest first; nil where none are kept.
  package var outliers: [Outlier]?

  package init(name: String, metadata: GuardMetadata) {
    (self.name, self.metadata) = (name, metadata)
  }

  package struct Minute: Sendable {
    package let start: Date
    package var images: Int
    package var outliers: Int

    package init(start: Date, images: Int = 0, outliers: Int = 0) {
      (self.start, self.images, self.outliers) = (start, images, outliers)
    }
  }

  /// The streams, each with its wealth.
  package struct Drift: Sendable {
    let delta: Double
    let overallLogWealth: Double
    let sources: [(name: String, state: StreamMartingale.State)]

    package init(
      delta: Double, overallLogWealth: Double, sources: [(name: String, state: StreamMartingale.State)]
    ) {
      (self.delta, self.overallLogWealth, self.sources) = (delta, overallLogWealth, sources)
    }
  }

  package struct Outlier: Sendable {
    let time: Date
    let source: String
    let score: Float
    let pValue: Float
    let thumbnail: Thumbnail?

    package init(time: Date, source: String, score: Float, pValue: Float, thumbnail: Thumbnail?) {
      (self.time, self.source, self.score, self.pValue) = (time, source, score, pValue)
      self.thumbnail = thumbnail
    }
  }
}

extension LiveTraffic {
  var images: Int { minutes.reduce(0) { $0 + $1.images } }
  var flagged: Int { minutes.reduce(0) { $0 + $1.outliers } }
  var alpha: Double { Double(metadata.alpha) ?? .nan }
}
