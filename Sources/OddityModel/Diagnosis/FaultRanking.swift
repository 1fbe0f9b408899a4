import OddityScores

/// Which fault makes calibration images look as photographs look.
struct FaultRanking {
  /// A fault with how well its best strength explains what is seen.
  struct Candidate {
    let fault: Fault
    let strength: String?
    /// The squared distance that is left.
    let distance: Double
    /// The share of the squared distance from healthy images that it explains, less what chance explains; nil of images of another
    /// kind, which explain nothing.
    let explained: Double?
  }

  /// The likeliest first.
  let candidates: [Candidate]

  /// Faults that leave more than this share are none of those that are known. Of the faults of `Benchmarks/diagnose`, strengths
  /// between the replayed ones among them, one in a hundred leaves more.
  private static let mostLeft = 0.3
  /// A weaker fault than this share of the weakest that is replayed is not told from none.
  private static let weakest = 0.35

  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS.
  init(_ photos: [ImageSignature], against stored: StoredSignatures) throws(OddityError) {
    let space = try SignatureSpace(stored.images, sizes: (photos.count, stored.images.count))
    let seen = space.point(photos).minus(space.point(stored.images))
    let distance = max(seen.dot(seen) - space.expected, space.expected)
    var best: [Fault: Candidate] = [:]
    for path in stored.paths(in: space) {
      let (left, strength) = path.nearest(to: seen, weakest: Self.weakest)
      let explained = min(max(1 - (left - space.expected) / distance, 0), 1)
      let candidate = Candidate(fault: path.fault, strength: strength, distance: left, explained: explained)
      if left < best[path.fault]?.distance ?? .infinity { best[path.fault] = candidate }
    }
    let sorted = best.values.sorted { $0.distance < $1.distance }
    let strange = Candidate(fault: .otherImages, strength: nil, distance: seen.dot(seen), explained: nil)
    candidates =
      Self.isStrange(sorted.first, expected: space.expected) ? [strange] + sorted : sorted + [strange]
  }

  /// Whether the likeliest fault leaves too much.
  private static func isStrange(_ first: Candidate?, expected: Double) -> Bool {
    guard let first, let explained = first.explained else { return true }
    return explained < 1 - mostLeft && first.distance > 2 * expected
  }
}

/// What becomes of a point as a fault grows stronger.
private struct FaultPath {
  let fault: Fault
  /// Steps from a healthy point, with the strength of each; a path that is no chain has one step and nothing before it.
  let steps: [(shift: [Double], strength: String)]
  let isChain: Bool

  /// The nearest place of the path.
  func nearest(to point: [Double], weakest: Double) -> (distance: Double, strength: String) {
    guard isChain else {
      let rest = point.minus(steps[0].shift)
      return (rest.dot(rest), steps[0].strength)
    }
    var best = (distance: Double.infinity, strength: "")
    var from = Array(repeating: 0.0, count: point.count)
    for (number, step) in steps.enumerated() {
      let way = step.shift.minus(from)
      let length = max(way.dot(way), .leastNormalMagnitude)
      let share = min(max(point.minus(from).dot(way) / length, number == 0 ? weakest : 0), 1)
      let rest = point.indices.map { point[$0] - from[$0] - share * way[$0] }
      let distance = rest.dot(rest)
      if distance < best.distance {
        let isNearerToLast = number > 0 && share < 0.5
        best = (distance, isNearerToLast ? steps[number - 1].strength : step.strength)
      }
      from = step.shift
    }
    return best
  }
}

extension StoredSignatures {
  fileprivate func paths(in space: SignatureSpace) -> [FaultPath] {
    var paths: [FaultPath] = []
    var chains: [String: Int] = [:]
    for replay in replays {
      let step = (shift: space.shift(from: unchanged, to: replay.summary), strength: replay.strength)
      guard let chain = replay.chain else {
        paths.append(FaultPath(fault: replay.fault, steps: [step], isChain: false))
        continue
      }
      let name = "\(replay.fault.rawValue)/\(chain)"
      if let place = chains[name] {
        paths[place] = FaultPath(fault: replay.fault, steps: paths[place].steps + [step], isChain: true)
      } else {
        chains[name] = paths.count
        paths.append(FaultPath(fault: replay.fault, steps: [step], isChain: true))
      }
    }
    return paths
  }
}
