import Testing

@testable import OddityReport

@Suite struct AxisTests {
  @Test func aRangeCoversTheFiniteValues() {
    #expect(ClosedRange(covering: [3, .nan, 1, .infinity, 2]) == 1...3)
    #expect(ClosedRange(covering: [1, 3], margin: 0.5) == 0...4)
    #expect(ClosedRange<Double>(covering: []) == 0...1)
    #expect(ClosedRange(covering: [Double.nan, -.infinity]) == 0...1)
  }

  @Test(arguments: [0, 5, -2, 1e-12, 1e300, -1e300])
  func equalValuesHaveRoomAroundThem(value: Double) {
    let range = ClosedRange(covering: [value, value])
    #expect(range.lowerBound < value && value < range.upperBound)
    #expect(range.lowerBound.isFinite && range.upperBound.isFinite)
  }

  @Test func theGreatestNumbersDoNotOverflow() {
    let most = Double.greatestFiniteMagnitude
    let range = ClosedRange(covering: [-most, most], margin: 0.1)
    #expect((range.upperBound - range.lowerBound).isFinite)
    let scale = Scale(domain: range, places: (0, 100))
    #expect(scale(0) == 50 && scale(most) == 100)
  }

  @Test func ticksAreRoundAndWithin() {
    #expect(Axis("", domain: 0...1).ticks.map(\.label) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(Axis("", domain: 0.83...1.4).ticks.map(\.label) == ["1.0", "1.2", "1.4"])
    #expect(Axis("", domain: -3...3).ticks.map(\.label) == ["−2", "0", "2"])
    #expect(Axis("", domain: 0...0.2).ticks.map(\.label) == ["0.00", "0.05", "0.10", "0.15", "0.20"])
    for domain in [1e-9...3e-9, 1e12...5e12, 99.5...100.5, -1e-300...1e300, 7.0...7.000001] {
      let ticks = Axis("", domain: domain).ticks
      #expect((1...12).contains(ticks.count), "\(domain): \(ticks)")
      #expect(Set(ticks.map(\.label)).count == ticks.count, "\(domain): \(ticks.map(\.label))")
    }
  }

  @Test func manyPlacesAreNotAllWritten() {
    let labels = (0..<100).map(String.init)
    let axis = Axis("block", places: labels)
    #expect(axis.ticks.count <= 16 && axis.ticks.first?.label == "0")
    #expect(axis.domain == -0.5...99.5)
    #expect(Axis("block", places: []).domain == -0.5...0.5)
  }

  @Test func whatIsOutsideLiesAtTheEdge() {
    let scale = Scale(domain: 0...10, places: (100, 0))
    #expect(scale(2.5) == 75 && scale(-1) == 100 && scale(11) == 0)
    #expect(scale(.infinity) == 0 && scale(.nan) == 100)
  }

  @Test func placesAreTenthsOfAUnit() {
    #expect(3.0.place == "3" && 3.14.place == "3.1" && 2.96.place == "3")
    #expect((-0.26).place == "-0.3" && (-12.5).place == "-12.5" && (-0.01).place == "0")
  }
}
