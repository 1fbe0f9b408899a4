import Oddity

/// Methods on the same images, in the form that the reference script reads.
struct BootstrapCase: Encodable {
  struct Method: Encodable {
    var inDistribution: [Float]
    var outOfDistribution: [[Float]]
  }

  var methods: [Method]
  var seed: UInt64
  var resamples: Int

  /// Continuous scores, scores on a few levels (ties within and across sets), infinities, unequal sets, sets
  /// of two images, equal methods, and very different methods.
  static func all() -> [BootstrapCase] {
    var images = SyntheticScores(seed: 11)
    var cases = [
      images.sample(id: 50, ood: [40, 23], methods: [0.2, 0.5, 2]),
      images.sample(id: 20, ood: [30], methods: [1]),
      images.sample(id: 33, ood: [21, 60, 20], methods: [-0.5, 0, 0.4, 3], levels: 1),
      images.sample(id: 41, ood: [19, 19], methods: [0, 1, 1], levels: 3),
      images.sample(id: 2, ood: [2, 3], methods: [0, 1]),
      images.sample(id: 21, ood: [2], methods: [0, 4], levels: 2),
    ]
    var infinite = images.sample(id: 30, ood: [25, 25], methods: [0.5, 1], levels: 2)
    for method in infinite.methods.indices {
      infinite.methods[method].inDistribution[method] = -.infinity
      infinite.methods[method].inDistribution[5] = .infinity
      infinite.methods[method].outOfDistribution[0][7] = .infinity
      infinite.methods[method].outOfDistribution[1][method + 1] = -.infinity
    }
    cases.append(infinite)
    var twins = images.sample(id: 25, ood: [25], methods: [1, 0])
    twins.methods.append(twins.methods[0])
    cases.append(twins)
    return cases
  }
}

/// Normal scores with a component that methods share, as two scores of one network do.
struct SyntheticScores {
  private var generator: SplitMix64

  init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
  }

  /// - Parameters:
  ///   - methods: by how many standard deviations each method shifts the ID images.
  ///   - levels: scores are rounded to multiples of 1 / levels.
  mutating func sample(
    id: Int, ood: [Int], methods shifts: [Double], levels: Double? = nil, resamples: Int = 150
  ) -> BootstrapCase {
    let shared = ([id] + ood).map { normal($0) }
    let methods = shifts.map { shift in
      let sets = shared.enumerated().map { position, common in
        common.map { common in
          let value = (common + generator.nextNormal()) / 2.0.squareRoot() + (position == 0 ? shift : 0)
          return Float(levels.map { (value * $0).rounded() / $0 } ?? value)
        }
      }
      return BootstrapCase.Method(inDistribution: sets[0], outOfDistribution: Array(sets.dropFirst()))
    }
    return BootstrapCase(methods: methods, seed: generator.next() >> 1, resamples: resamples)
  }

  private mutating func normal(_ count: Int) -> [Double] {
    (0..<count).map { _ in generator.nextNormal() }
  }
}

extension BootstrapCase {
  var sets: [String] { methods[0].outOfDistribution.indices.map { "set \($0)" } }

  var scores: [MethodScores] {
    methods.enumerated().map {
      MethodScores(
        name: "method \($0)", inDistribution: $1.inDistribution, outOfDistribution: $1.outOfDistribution)
    }
  }
}
