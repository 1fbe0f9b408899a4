import Testing

@testable import OddityScores

/// Expects that scores agree with a reference, as far as single precision allows. For a step function, some
/// may be on the other side of a step.
///
/// - Parameter features: D.
func expectAgreement(
  of name: ScoreName, _ values: [Float], _ expected: [Double], _ features: Int, _ what: String
) {
  guard name.method == NeuronActivationCoverage.self else { return expectAgreement(values, expected, what) }
  // Two of an image's features may be in the neighbouring bin.
  let step = 2 / Double(features)
  #expect(zip(values, expected).allSatisfy { abs(Double($0) - $1) <= step }, "\(what): off by steps")
  let apart = expected.indices.filter { abs(Double(values[$0]) - expected[$0]) > 1e-5 }
  #expect(apart.count * 20 <= expected.count, "\(what): \(apart.count) images are on other steps")
  let same = expected.indices.filter { !apart.contains($0) }
  expectAgreement(same.map { values[$0] }, same.map { expected[$0] }, what)
}

/// Expects that scores agree with a reference, with an error of at most 1e-4 of the reference scores'
/// standard deviation.
func expectAgreement(
  _ values: [Float], _ expected: [Double], _ name: String, within tolerance: Double = 1e-4
) {
  let mean = expected.reduce(0, +) / Double(expected.count)
  let deviation = (expected.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(expected.count))
    .squareRoot()
  let worst = zip(values, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
  #expect(
    values.count == expected.count && deviation > 0 && worst <= tolerance * deviation,
    "\(name): an error of \(worst / deviation) standard deviations")
}
