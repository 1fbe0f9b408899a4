import Foundation
import Imaging
import Oddity
import OddityReport
import Synchronization

/// What one model has lately done, for the page.
final class ModelActivity: Sendable {
  private struct State {
    var history = TrafficHistory()
    var latency = LatencyWindow()
    /// The latest last.
    var outliers: [LiveTraffic.Outlier] = []
    var lastThumbnail: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let began = Date.now
  private let keepsThumbnails: Bool

  private static let keptOutliers = 24
  /// A flood of outliers must not cost more than it shows.
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

  /// Keeps an outlier, small, as long as there are not too many.
  ///
  /// - Parameters:
  ///   - encoded: as the client sent it.
  ///   - preprocessing: by which tensors become pictures again.
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

  /// What the page shows of it.
  func fill(_ traffic: inout LiveTraffic, at time: Date = .now) {
    let state = state.withLock(\.self)
    // Before the server began nothing could come; two minutes are the least that a chart can show.
    let first = min(began, time.addingTimeInterval(-60)).addingTimeInterval(-60)
    traffic.minutes = state.history.minutes(upTo: time).filter { $0.start > first }
    traffic.pValues = state.history.pValues(upTo: time)
    traffic.latency = state.latency.summary
    traffic.outliers = keepsThumbnails ? state.outliers.reversed() : nil
  }
}
