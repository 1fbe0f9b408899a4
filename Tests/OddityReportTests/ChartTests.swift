import Testing
import TestSupport

@testable import OddityReport

/// Charts of few, many, equal and missing values.
@Suite struct ChartTests {
  /// Every drawing must be well-formed, have a title, and contain no coordinates that are not numbers.
  private func parsed(_ chart: Markup) throws -> ParsedPage.Element {
    let text = chart.serialized
    let svg = try #require(try ParsedPage(text).all("svg").first)
    #expect(svg.attributes["role"] == "img")
    #expect(
      try !#require(svg.all("title").first).text.isEmpty && !#require(svg.all("desc").first).text.isEmpty)
    for element in svg.all {
      for name in ["d", "x", "y", "x1", "x2", "y1", "y2", "transform"] {
        let value = element.attributes[name] ?? ""
        #expect(
          value.wholeMatch(of: /(translate|rotate|scale|[-MLHVahvz(), 0-9.])*/) != nil, "\(name)=\(value)")
      }
    }
    return svg
  }

  private func markers(_ svg: ParsedPage.Element) -> Int {
    svg.all("path").count { $0.attributes["class"]?.hasPrefix("marker") == true }
  }

  private func lines(_ svg: ParsedPage.Element) -> [String] {
    svg.all("path").filter { $0.attributes["class"]?.hasPrefix("line") == true }.compactMap {
      $0.attributes["d"]
    }
  }

  private func intervals(_ values: [Double], kinds: Int = 1) -> Chart {
    let places = values.enumerated().map { (x: Double($0), value: $1) }
    return Chart(
      title: "t", description: "d", horizontal: Axis("block", places: values.indices.map(String.init)),
      vertical: Axis("NormRatio", domain: ClosedRange(covering: values + [1])),
      series: (0..<kinds).map { kind in
        .init(
          name: "k\(kind)", style: .set(kind), points: places.map { .init(x: $0.x, y: $0.value) },
          intervals: places.map { .init(x: $0.x, lower: $0.value - 0.1, upper: $0.value + 0.1) },
          hasLine: false, hasMarkers: true, chosen: 0)
      }, reference: 1)
  }

  @Test(arguments: [1, 2, 30, 100])
  func intervalsOfAnyNumberOfBlocks(count: Int) throws {
    let svg = try parsed(intervals((0..<count).map { 0.9 + Double($0) / 50 }, kinds: 2).markup)
    #expect(markers(svg) == 2 * count)
    #expect(svg.all("circle").count == 2, "the chosen block of each kind has a ring")
  }

  @Test func whatHasNoNumberIsNotDrawn() throws {
    let svg = try parsed(intervals([1.2, .nan, .infinity]).markup)
    #expect(markers(svg) == 1)
    #expect(markers(try parsed(intervals([.nan]).markup)) == 0)
    #expect(markers(try parsed(intervals([]).markup)) == 0)
  }

  @Test func aLineIsBrokenWhereThereIsNoNumber() throws {
    let chart = Chart(
      title: "t", description: "d", horizontal: Axis("x", domain: 0...4), vertical: Axis("y", domain: 0...4),
      series: [
        .init(
          style: .inDistribution,
          points: [1, 2, .nan, 3, 4].enumerated().map { Plot.Point(x: Double($0), y: $1) },
          hasMarkers: true)
      ])
    let svg = try parsed(chart.markup)
    #expect(lines(svg).map { $0.filter { $0 == "M" }.count } == [2])
    #expect(markers(svg) == 4)
  }

  @Test func aLineStandsWhereItsValuesAre() throws {
    let chart = Chart(
      title: "t", description: "d", horizontal: .share("x"), vertical: .share("y"),
      series: [
        .init(style: .set(0), points: [Plot.Point(x: 0, y: 0), .init(x: 0.5, y: 1), .init(x: 1, y: 1)])
      ])
    // The frame is 440 × 290, minus 56 and 18 at the sides, 20 above and 44 below.
    #expect(lines(try parsed(chart.markup)) == ["M56,246L239,20L422,20"])
  }

  @Test(arguments: [
    [[Float(0.5)]], [[1, 1, 1], [1]], [[.nan, .infinity]], [[], [2]], [[0, 1], [.nan, 3]],
  ])
  func histogramsOfOddSamples(samples: [[Float]]) throws {
    let chart = Histogram(samples).chart(
      "t", "d", of: "score", legend: samples.map { _ in ("", nil) }, threshold: 0.5)
    #expect(lines(try parsed(chart.markup)).count == samples.count)
  }

  @Test func thirtySetsLookDifferent() {
    let styles = (0..<30).map { SeriesStyle.set($0) }
    #expect(Set(styles.map { "\($0.colour) \($0.dash ?? "")" }).count == 30)
    #expect(SeriesStyle.inDistribution.dash == nil)
  }

  @Test func aScoreWithoutAnySetHasAHistogramAndNoROC() {
    let figures = ScoreFigures(score: "energy", samples: [("ID", [1, 2], nil)], threshold: .none)
    #expect(figures.figures.map(\.title) == ["Scores: energy"])
  }

  @Test func scoresThatAreNoNumbersLeaveTheCurveOut() throws {
    let figures = ScoreFigures(
      score: "energy", samples: [("ID", [1, .nan], nil), ("a", [0.5], nil)], threshold: .pooled(.nan))
    for figure in figures.figures { _ = try ParsedPage(figure.markup.serialized) }
  }

  @Test(arguments: [1, 100])
  func normsOfAnyNumberOfBlocks(count: Int) throws {
    let norms = (0..<count).map { _ in [Float(1), 2, 3] }
    let one = NormFigures(
      inDistribution: ("ID", norms), sets: [("a", norms)], labels: (0..<count).map(String.init))
    #expect(one.figures.count == 1)
    let two = NormFigures(
      inDistribution: ("ID", norms), sets: [("a", norms), ("b", norms.map { _ in [.nan] })],
      meansOnly: [("jigsaw", norms.map { _ in .nan })], labels: (0..<count).map(String.init))
    #expect(two.figures.count == 3)
    for figure in one.figures + two.figures { _ = try parsed(figure.chart.markup) }
  }
}
