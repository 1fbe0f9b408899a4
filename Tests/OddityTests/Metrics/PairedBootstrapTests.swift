import Foundation
import Oddity
import Testing
import TestSupport

@Suite struct PairedBootstrapTests {
  struct Reference: Decodable {
    /// By method, column (the mean is the last), metric (AUROC, FPR95), bound.
    var intervals: [[[[Double]]]]
    /// By method, other method, column, metric, bound.
    var differences: [[[[[Double]]]]]
    /// By method, column (the mean after the sets, then the means without one set), bound, for AUROC. Empty
    /// for a single method.
    var toLargest: [[[Double]]]
    var bestAUROC: [[Bool]]
    var bestFPR95: [[Bool]]
  }

  /// Every case with the results of the reference. The script runs once.
  private static let references = Result {
    try PythonReference.run("bootstrap_reference.py", BootstrapCase.all(), as: [Reference].self)
  }

  static func referenced() throws -> [(BootstrapCase, Reference)] {
    Array(zip(BootstrapCase.all(), try references.get()))
  }

  @Test(arguments: try Self.referenced())
  func intervalsAgreeWithScikitLearn(_ sample: BootstrapCase, _ reference: Reference) {
    let bootstrap = PairedBootstrap(sample.scores, seed: sample.seed, resamples: sample.resamples)
    let columns = sample.sets.indices.map { PairedBootstrap.Column.set($0) } + [.mean]
    for (place, column) in columns.enumerated() {
      for (number, metric) in [PairedBootstrap.Metric.auroc, .fpr95].enumerated() {
        for method in sample.methods.indices {
          let interval = bootstrap.interval(metric, method: method, column: column)
          #expect(interval.isClose(to: reference.intervals[method][place][number]), "\(method) \(column)")
          for other in sample.methods.indices {
            let difference = bootstrap.differenceInterval(
              metric, method: method, minus: other, column: column)
            #expect(
              difference.isClose(to: reference.differences[method][other][place][number]),
              "\(method) minus \(other), \(column)")
          }
        }
      }
    }
  }

  @Test(arguments: try Self.referenced())
  func differencesToTheBestInHindsightAgreeWithScikitLearn(_ sample: BootstrapCase, _ reference: Reference) {
    let bootstrap = PairedBootstrap(sample.scores, seed: sample.seed, resamples: sample.resamples)
    let (sets, methods) = (sample.sets.indices, sample.methods.indices)
    let reduced = sets.count > 1 ? sets.map(PairedBootstrap.Column.meanWithout) : []
    let columns = sets.map(PairedBootstrap.Column.set) + [.mean] + reduced
    for (method, expected) in reference.toLargest.enumerated() {
      #expect(expected.count == columns.count)
      for (column, interval) in zip(columns, expected) {
        let difference = bootstrap.differenceToLargestInterval(
          .auroc, method: method, others: methods.filter { $0 != method }, column: column)
        #expect(difference.isClose(to: interval), "\(method), \(column)")
      }
    }
  }

  @Test(arguments: BootstrapCase.all())
  func theMeanOfSomeSetsIsThatWithoutTheOthers(_ sample: BootstrapCase) {
    let bootstrap = PairedBootstrap(sample.scores, seed: sample.seed, resamples: sample.resamples)
    for set in sample.sets.indices where sample.sets.count > 1 {
      let rest = sample.sets.indices.filter { $0 != set }
      for metric in [PairedBootstrap.Metric.auroc, .fpr95] {
        let without = bootstrap.interval(metric, method: 0, column: .meanWithout(set))
        let of = bootstrap.interval(metric, method: 0, column: .meanOf(rest))
        #expect((of.lower, of.upper) == (without.lower, without.upper))
      }
    }
  }

  @Test(arguments: try Self.referenced())
  func marksAgreeWithScikitLearn(_ sample: BootstrapCase, _ reference: Reference) throws {
    let table = try MethodTable(
      sets: sample.sets.map { MethodTable.Column($0) }, methods: sample.scores, seed: sample.seed,
      resamples: sample.resamples)
    for (method, row) in table.methods.enumerated() {
      let cells = row.ood + [row.mean]
      #expect(cells.map(\.bestAUROC) == reference.bestAUROC[method], "\(row.name)")
      #expect(cells.map(\.bestFPR95) == reference.bestFPR95[method], "\(row.name)")
    }
  }

  /// The cases would prove little if they marked nothing, or everything.
  @Test func someMethodsAreMarked() throws {
    let marks = try Self.referenced().flatMap { $0.1.bestAUROC.joined() }
    #expect(Set(marks) == [true, false])
  }

  @Test func aSeedRepeatsAndAnotherDiffers() {
    var images = SyntheticScores(seed: 1)
    let scores = images.sample(id: 30, ood: [30], methods: [1]).scores
    func interval(seed: UInt64) -> ConfidenceInterval {
      PairedBootstrap(scores, seed: seed, resamples: 50).interval(.auroc, method: 0, column: .mean)
    }
    #expect(interval(seed: 7) == interval(seed: 7))
    #expect(interval(seed: 7) != interval(seed: 8))
  }

  /// An additional method, or an additional set after the others, does not change the existing intervals.
  @Test func methodsDoNotInfluenceOneAnother() {
    var images = SyntheticScores(seed: 2)
    let scores = images.sample(id: 30, ood: [30], methods: [1, 0]).scores
    let both = PairedBootstrap(scores, seed: 3, resamples: 50)
    let alone = PairedBootstrap([scores[1]], seed: 3, resamples: 50)
    for metric in [PairedBootstrap.Metric.auroc, .fpr95] {
      #expect(
        both.interval(metric, method: 1, column: .set(0))
          == alone.interval(metric, method: 0, column: .set(0)))
    }
  }

  /// A single image gives no information about others, so neither its set's interval nor the mean's is
  /// bounded.
  @Test func oneImageBoundsNothing() {
    let one = MethodScores(name: "one", inDistribution: [1, 2, 3], outOfDistribution: [[0], [0, 1]])
    let bootstrap = PairedBootstrap([one, one], seed: 0, resamples: 20)
    for column in [PairedBootstrap.Column.set(0), .mean] {
      #expect(bootstrap.interval(.auroc, method: 0, column: column).upper == .infinity)
      #expect(bootstrap.differenceInterval(.fpr95, method: 0, minus: 1, column: column).lower == -.infinity)
    }
    #expect(bootstrap.interval(.auroc, method: 0, column: .set(1)).upper <= 1)
    let id = MethodScores(name: "one", inDistribution: [1], outOfDistribution: [[0, 1]])
    #expect(
      PairedBootstrap([id], seed: 0, resamples: 20).interval(.auroc, method: 0, column: .set(0)).lower
        == -.infinity)
  }

  /// 95 % intervals contain the true value in about 95 of 100 repetitions. ID is from N(1, 1) and OOD from
  /// N(0, 1), so AUROC is Φ(1/√2), and FPR95 is 1 − Φ(1 − 1.645).
  @Test func intervalsCoverTheTruth() {
    let auroc = Self.normalShare(below: 1 / 2.0.squareRoot())
    let fpr95 = 1 - Self.normalShare(below: 1 - 1.6448536269514722)
    var images = SyntheticScores(seed: 4)
    let repetitions = 200
    var covered = (auroc: 0, fpr95: 0)
    for _ in 0..<repetitions {
      let sample = images.sample(id: 200, ood: [100], methods: [1])
      let bootstrap = PairedBootstrap(sample.scores, seed: sample.seed, resamples: 200)
      if bootstrap.interval(.auroc, method: 0, column: .set(0)).contains(auroc) { covered.auroc += 1 }
      if bootstrap.interval(.fpr95, method: 0, column: .set(0)).contains(fpr95) { covered.fpr95 += 1 }
    }
    // Two hundred repetitions with a true rate of 95 % give 0.95 ± 0.045 (three standard errors).
    for count in [covered.auroc, covered.fpr95] {
      #expect((0.905...0.995).contains(Double(count) / Double(repetitions)), "\(covered)")
    }
  }

  /// Among four equally good methods, one is marked as the best in at most about 5 of 100 repetitions,
  /// although six pairs are compared.
  @Test func equalMethodsAreSeldomMarked() throws {
    var images = SyntheticScores(seed: 5)
    let repetitions = 150
    var marked = 0
    for _ in 0..<repetitions {
      let sample = images.sample(id: 80, ood: [60], methods: [1, 1, 1, 1])
      let table = try MethodTable(
        sets: [.init("noise")], methods: sample.scores, seed: sample.seed, resamples: 150)
      if table.methods.contains(where: \.mean.bestAUROC) { marked += 1 }
    }
    // 5 % plus three standard errors.
    #expect(Double(marked) / Double(repetitions) <= 0.104, "\(marked)")
  }

  private static func normalShare(below value: Double) -> Double { (1 + erf(value / 2.0.squareRoot())) / 2 }
}

extension ConfidenceInterval {
  fileprivate func isClose(to bounds: [Double]) -> Bool {
    abs(lower - bounds[0]) <= 1e-12 && abs(upper - bounds[1]) <= 1e-12
  }

  fileprivate func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
