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
  ///
  /// - Parameters:
  ///   - images: as the client sent them, one for each answer.
  ///   - preprocessing: by which tensors become pictures again.
  func add(
    _ answers: [Detector.Answer], images: [EncodedImage], source: String, within duration: Duration,
    preprocessing: ResolvedPreprocessing
  ) {
    let now = Date.now
    state.withLock { state in
      state.latency.add(duration)
      for answer in answers {
        state.history.add(pValue: answer.image.pValue, isOutlier: answer.image.isOutlier, at: now)
      }
    }
    guard keepsThumbnails, let position = answers.firstIndex(where: \.image.isOutlier), mayKeepOne() else {
      return
    }
    let image = answers[position].image
    let outlier = LiveTraffic.Outlier(
      time: now, source: source, score: image.score, pValue: image.pValue,
      thumbnail: (try? Thumbnail(images[position], of: preprocessing)) ?? nil)
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
