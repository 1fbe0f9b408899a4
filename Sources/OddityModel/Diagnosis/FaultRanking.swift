import OddityScores

/// Ranks the faults by how well they make calibration images look like the photographs.
struct FaultRanking {
  /// The likeliest first.
  let candidates: [Diagnosis.Candidate]

  /// If even the best fault leaves more than this share unexplained, no known fault applies. The value was
  /// chosen by what faults of strengths other than the replayed ones leave on CIFAR-10 networks, and not by
  /// images of other kinds.
  private static let mostLeft = 0.3
  /// A fault weaker than this share of the weakest replayed strength cannot be distinguished from none.
  private static let weakest = 0.35

  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS.
  init(_ photos: [ImageSignature], against stored: StoredSignatures) throws(OddityError) {
    let space = try SignatureSpace(stored.images, sizes: (photos.count, stored.images.count))
    let seen = space.point(photos).minus(space.point(stored.images))
    let distance = max(seen.dot(seen) - space.expected, space.expected)
    var best: [Fault: (left: Double, strength: String)] = [:]
    for path in stored.paths(in: space) {
      let nearest = path.nearest(to: seen, weakest: Self.weakest)
      if nearest.left < best[path.fault]?.left ?? .infinity { best[path.fault] = nearest }
    }
    let sorted = best.sorted { $0.value.left < $1.value.left }
    let known = sorted.map { fault, nearest in
      Diagnosis.Candidate(
        fault: fault, strength: nearest.strength,
        explained: min(max(1 - (nearest.left - space.expected) / distance, 0), 1))
    }
    let strange = Diagnosis.Candidate(fault: .otherImages, strength: nil, explained: nil)
    let isStrange =
      sorted.first.map { first in
        (known[0].explained ?? 0) < 1 - Self.mostLeft && first.value.left > 2 * space.expected
      } ?? true
    candidates = isStrange ? [strange] + known : known + [strange]
  }
}

/// How a point moves as a fault grows stronger.
private struct FaultPath {
  let fault: Fault
  /// Steps away from a healthy point, with the strength of each. A path that is not a chain has a single
  /// step.
  let steps: [(shift: [Double], strength: String)]
  let isChain: Bool

  /// The nearest point of the path.
  ///
  /// - Parameter weakest: the least share of a chain's first step to take. The single step of other paths is
  ///   taken whole.
  /// - Returns: the squared distance that remains, and the nearest strength.
  func nearest(to point: [Double], weakest: Double) -> (left: Double, strength: String) {
    let first = isChain ? weakest : 1
    var best = (left: Double.infinity, strength: "")
    var from = Array(repeating: 0.0, count: point.count)
    for (number, step) in steps.enumerated() {
      let way = step.shift.minus(from)
      let length = max(way.dot(way), .leastNormalMagnitude)
      let share = min(max(point.minus(from).dot(way) / length, number == 0 ? first : 0), 1)
      let rest = point.indices.map { point[$0] - from[$0] - share * way[$0] }
      let left = rest.dot(rest)
      if left < best.left {
        let isNearerToLast = number > 0 && share < 0.5
        best = (left, isNearerToLast ? steps[number - 1].strength : step.strength)
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
