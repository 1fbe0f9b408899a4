import Testing

/// Expects scores to be those of a reference: an error of at most 1e-4 of the reference scores' standard deviation.
func expectAgreement(_ values: [Float], _ expected: [Double], _ name: String) {
  let mean = expected.reduce(0, +) / Double(expected.count)
  let deviation = (expected.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(expected.count))
    .squareRoot()
  let worst = zip(values, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
  #expect(
    values.count == expected.count && deviation > 0 && worst <= 1e-4 * deviation,
    "\(name): an error of \(worst / deviation) standard deviations")
}
