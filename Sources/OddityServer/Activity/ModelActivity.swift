import Foundation
import Imaging
import Oddity
import OddityReport
import Synchronization

/// What one model has done lately. The page shows it.
final class ModelActivity: Sendable {
  private struct State {
    var history = TrafficHistory()
    var latency = LatencyWindow()
    /// In the order in which they came.
    var outliers: [LiveTraffic.Outlier] = []
    var lastThumbnail: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let began = Date.now
  private let keepsThumbnails: Bool

  private static let keptOutliers = 24
  /// The shortest time between two thumbnails, so that a flood of outliers costs little.
  private static let pause = Duration.milliseconds(200)

  init(keepsThumbnails: Bool) { self.keepsThumbnails = keepsThumbnails }

  /// Takes the answer to a request.
  func add(_ answers: [Detector.Answer], within duration: Duration) {
    let now = Date.now
    state.withLock { state in
      state.latency.add(duration)
      for answer in answers {
        state.history.add(pValue: answer.image.pValue, isOutlier: answer.image.isOutlier, at: now)
      }
    }
  }

  /// Keeps a small copy of an outlier, unless one was kept a moment ago.
  ///
  /// - Parameters:
  ///   - encoded: the image as the client sent it.
  ///   - preprocessing: turns tensors back into pictures.
  func keep(
    _ image: ScoredImage, as encoded: EncodedImage, source: String, preprocessing: ResolvedPreprocessing,
    decoding: BlockingThreads
  ) async {
    guard keepsThumbnails, mayKeepOne() else { return }
    // Without a picture the page still shows the numbers.
    let thumbnail = try? await decoding.run {
      try image.map.flatMap { try Thumbnail($0) } ?? Thumbnail(encoded, of: preprocessing)
    }
    let outlier: LiveTraffic.Outlier = (
      time: .now, source: source, score: image.score, pValue: image.pValue, thumbnail: thumbnail ?? nil
    )
    state.withLock { state in
      state.outliers.append(outlier)
      state.outliers = state.outliers.suffix(Self.keptOutliers)
    }
  }

  private func mayKeepOne() -> Bool {
    let now = ContinuousClock.now
    return state.withLock { state in
      if let last = state.lastThumbnail, last.duration(to: now) < Self.pause { return false }
      state.lastThumbnail = now
      return true
    }
  }

  /// Fills in what the page shows.
  func fill(_ traffic: inout LiveTraffic, at time: Date = .now) {
    let state = state.withLock(\.self)
    // Nothing could come before the server began. A chart needs at least two minutes.
    let first = min(began, time.addingTimeInterval(-60)).addingTimeInterval(-60)
    traffic.minutes = state.history.minutes(upTo: time).filter { $0.start > first }
    traffic.pValues = state.history.pValues(upTo: time)
    traffic.latency = state.latency.summary
    traffic.outliers = keepsThumbnails ? state.outliers.reversed() : nil
  }
}
