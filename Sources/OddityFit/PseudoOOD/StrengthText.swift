import OddityModel

/// The text after the colon of `KIND:STRENGTH`, and the rules for reading it.
struct StrengthText {
  let kind: any PseudoOODTransform.Type
  /// `nil` if there is no colon.
  let text: String?

  /// - Throws: `OddityError.usage` if it is not a decimal number, or out of range.
  func number(in range: ClosedRange<Double>) throws(OddityError) -> Double? {
    guard let text else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw refusal(
        "a number from \(Numbers.shortest(range.lowerBound)) to \(Numbers.shortest(range.upperBound))")
    }
    return value
  }

  /// - Throws: `OddityError.usage` if it is not a whole number, or out of range.
  func grid(in range: ClosedRange<Int>) throws(OddityError) -> Int? {
    guard let text else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw refusal(
        "a grid of \(range.lowerBound) to \(range.upperBound) tiles per side, as in \(kind.kind):3")
    }
    return value
  }

  private func refusal(_ wanted: String) -> OddityError {
    OddityError(
      .usage,
      "\"\(kind.kind):\(text ?? "")\" does not have a valid strength: \(kind.strengthName ?? "") must be "
        + "\(wanted)")
  }
}

extension ImageShape {
  /// - Throws: `OddityError.usage` if a side has fewer pixels than the grid has tiles.
  func check(holds grid: Int, of kind: String) throws(OddityError) {
    guard min(height, width) >= grid else {
      throw OddityError(
        .usage,
        "the network sees \(height)×\(width) pixels: too few for a \(kind) of \(grid)×\(grid) tiles "
          + "(\(.pseudoOOD, "\(kind):GRID"))")
    }
  }
}
