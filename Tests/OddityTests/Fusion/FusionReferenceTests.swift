import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityScores
@testable import OddityStatistics

/// Compares regressions and fusions with scikit-learn.
struct FusionReferenceTests {
  private struct Case: Encodable {
    let images: [[Float]]
    let keys: [UInt32]
    let kinds: [[[Float]]]
    let kindKeys: [[UInt32]]
    /// The cost of each column.
    var shares = [0.04, 0.5, 0.03, 0.5, 0.03]
    var budget = 1.0
  }

  private struct Answer: Decodable {
    let kindWeights: [[Double]]
    let weights: [Double]
    let scale: [[Double]]
    let aurocs: [Double]
    let chosen: [Int]
    let chosenAUROCs: [Double]
  }

  /// Rows whose columns separate kinds to different degrees. One column is reversed, one is strange at both
  /// ends, one is nearly a copy of another one, and one has very large values.
  private static func rows(_ count: Int, shift: Double, using random: inout SplitMix64) -> [[Float]] {
    (0..<count).map { _ in
      let common = random.nextNormal() + shift
      let first = common + random.nextNormal()
      return [
        Float(first), Float(-common + 2 * random.nextNormal()), Float((1 + shift) * random.nextNormal()),
        Float(first + 0.01 * random.nextNormal()), Float(1e6 * (3 + common + random.nextNormal())),
      ]
    }
  }

  /// - Parameter step: all keys are multiples of it.
  private static func makeCase(
    images: Int, perKind: Int, shifts: [Double], seed: UInt64, step: UInt32 = 1
  ) -> Case {
    var random = SplitMix64(seed: seed)
    func keys(_ count: Int) -> [UInt32] {
      (0..<count).map { _ in UInt32(truncatingIfNeeded: random.next()) / step * step }
    }
    let imageKeys = keys(images)
    return Case(
      images: rows(images, shift: 0, using: &random), keys: imageKeys,
      kinds: shifts.map { rows(perKind, shift: $0, using: &random) },
      kindKeys: shifts.map { _ in Array(imageKeys.prefix(perKind)) })
  }

  private static func table(_ case: Case) -> ColumnTable {
    func rows(_ values: [[Float]], _ keys: [UInt32]) -> ColumnTable.Rows {
      ColumnTable.Rows(
        columns: values[0].indices.map { column in values.map { $0[column] } }, keys: keys.map { UInt64($0) })
    }
    return ColumnTable(
      names: [.energy, .msp, .knn, .vim, .nap], images: rows(`case`.images, `case`.keys),
      kinds: zip(`case`.kinds, `case`.kindKeys).enumerated().map { ("kind \($0)", rows($1.0, $1.1)) })
  }

  @Test func scikitLearnAgrees() throws {
    var cases = [
      Self.makeCase(images: 400, perKind: 150, shifts: [-1, -3, 0.5], seed: 1),
      // A kind that is separated perfectly.
      Self.makeCase(images: 2_000, perKind: 150, shifts: [-20, -1], seed: 2),
      Self.makeCase(images: 60, perKind: 30, shifts: [-2, -1, -4, 2], seed: 3),
      // Images that were dealt out to several sets of a benchmark by the last bits of their keys.
      Self.makeCase(images: 400, perKind: 150, shifts: [-1, -2], seed: 7, step: 4),
    ]
    for (place, budget) in [2, 0.5, 0.06, 0.57].enumerated() { cases[place].budget = budget }
    let answers = try PythonReference.run("fusion_reference.py", cases, as: [Answer].self)
    for (`case`, answer) in zip(cases, answers) {
      let table = Self.table(`case`)
      let learning = FusionLearning(table)
      #expect(learning.usable == Array(0..<5))
      let weights = try learning.weights(of: learning.usable)
      for (found, known) in zip(weights, answer.kindWeights) {
        let largest = known.map(abs).max() ?? 0
        #expect(zip(found, known).allSatisfy { abs($0 - $1) < 1e-4 * largest })
      }
      let fusion = learning.fusion(of: learning.usable, weights: weights)
      let found = fusion.columns.flatMap { [$0.weight, $0.foldedWeight] }
      let largest = answer.weights.map(abs).max() ?? 0
      #expect(zip(found, answer.weights).allSatisfy { abs($0 - $1) < 1e-4 * largest })
      for (column, scale) in zip(fusion.columns, zip(answer.scale[0], answer.scale[1])) {
        #expect(abs(column.scale.median - scale.0) <= 1e-12 * abs(scale.0) + 1e-12)
        #expect(abs(column.scale.spread - scale.1) <= 1e-9 * abs(scale.1))
      }
      let learnt = try LearntFusion(.fusion, ofAll: table, costs: .free(of: 5))
      #expect(zip(learnt.aurocs, answer.aurocs).allSatisfy { abs($0 - $1) < 1e-3 })
      #expect(learnt.report.kinds == table.kinds.map(\.name))
      try expectSameChoice(table, `case`, answer)
    }
  }

  /// Columns are chosen in the same order within the budget, and each kind is judged by columns that were
  /// chosen without it.
  private func expectSameChoice(_ table: ColumnTable, _ case: Case, _ answer: Answer) throws {
    let costs = ColumnCosts(shares: `case`.shares)
    let selection = ForwardSelection(costs: costs, budget: `case`.budget)
    #expect(try selection.columns(FusionLearning(table), withoutEach: [nil]) == [answer.chosen])
    let learnt = try LearntFusion(table, costs: costs, budget: `case`.budget)
    #expect(learnt.report.columns.map(\.name) == answer.chosen.map { table.names[$0].description })
    #expect(zip(learnt.aurocs, answer.chosenAUROCs).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  /// A column that is constant, or not finite on one image, is not chosen, and is refused if the user names
  /// it. A column that is not finite on a pseudo-OOD image flags it.
  @Test func columnsThatAreNoNumbersStayOut() throws {
    let good = Self.makeCase(images: 100, perKind: 40, shifts: [-1, -2], seed: 4)
    var images = good.images
    for row in images.indices { images[row][1] = 7 }
    images[3][2] = .infinity
    var kinds = good.kinds
    kinds[0][5][0] = .nan
    let table = Self.table(Case(images: images, keys: good.keys, kinds: kinds, kindKeys: good.kindKeys))
    #expect(FusionLearning(table).usable == [0, 3, 4])
    let refused = #expect(throws: OddityError.self) {
      try LearntFusion(.fusion, ofAll: table, costs: .free(of: 5))
    }
    #expect(refused?.code == .badData && refused?.message.contains("msp has the same value") == true)
    let learnt = try LearntFusion(table, costs: .free(of: 5), budget: 1)
    #expect(Set(learnt.report.columns.map(\.name)).isSubset(of: ["energy", "vim", "nap"]))
    #expect(learnt.fusion.score(learnt.fusion.columns.map { _ in .nan }) == -.infinity)
    #expect(learnt.aurocs.allSatisfy { $0 > 0.6 && $0 <= 1 })
  }

  /// If all images have the same key, no images remain for judging.
  @Test func whatCannotBeJudgedIsRefused() throws {
    var one = Self.makeCase(images: 100, perKind: 40, shifts: [-1, -2], seed: 8)
    one = Case(
      images: one.images, keys: one.keys.map { _ in 5 }, kinds: one.kinds,
      kindKeys: one.kindKeys.map { $0.map { _ in 5 } })
    let error = #expect(throws: OddityError.self) {
      try LearntFusion(.fusion, ofAll: Self.table(one), costs: .free(of: 5))
    }
    #expect(error?.code == .badData && error?.message.contains("cannot be judged") == true)
  }

  @Test func fewImagesAreRefused() throws {
    for (images, perKind, shifts) in [(59, 40, [-1.0, -2]), (100, 29, [-1, -2]), (100, 40, [-1])] {
      let table = Self.table(Self.makeCase(images: images, perKind: perKind, shifts: shifts, seed: 5))
      let error = #expect(throws: OddityError.self) {
        try LearntFusion(.fusion, ofAll: table, costs: .free(of: 5))
      }
      #expect(error?.code == .badData && error?.message.contains("at least 60 images") == true)
    }
  }

  @Test func aBudgetThatNothingFitsIntoIsRefused() throws {
    let table = Self.table(Self.makeCase(images: 400, perKind: 150, shifts: [-1, -3], seed: 6))
    let error = #expect(throws: OddityError.self) {
      try LearntFusion(table, costs: ColumnCosts(shares: [0.04, 0.5, 0.03, 0.5, 0.03]), budget: 0.01)
    }
    #expect(error?.code == .badData && error?.message.contains("fusion.cost=0.01") == true)
  }
}

extension ColumnCosts {
  fileprivate static func free(of columns: Int) -> ColumnCosts {
    ColumnCosts(shares: Array(repeating: 0, count: columns))
  }
}
