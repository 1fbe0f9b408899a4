import OddityModel

/// What stands after the colon of `KIND:STRENGTH`, and the rules for reading it.
struct StrengthText {
  let kind: any PseudoOODTransform.Type
  /// `nil` where there is no colon.
  let text: String?

  /// - Throws: `OddityError.usage` for what is no decimal, and for one out of range.
  func number(in range: ClosedRange<Double>) throws(OddityError) -> Double? {
    guard let text else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw refusal("a number from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))")
    }
    return value
  }

  /// - Throws: `OddityError.usage` for what is no whole number, and for one out of range.
  func grid(in range: ClosedRange<Int>) throws(OddityError) -> Int? {
    guard let text else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw refusal("a grid of \(range.lowerBound) to \(range.upperBound) tiles a side, as in \(kind.kind):3")
    }
    return value
  }

  /// - Throws: `OddityError.usage` where there is a colon.
  func none() throws(OddityError) {
    if let text {
      throw OddityError(.usage, "\(kind.kind) has no strength to set: leave out \":\(text)\"")
    }
  }

  /// A number in its shortest form: 1, not 1.0.
  static func text(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private func refusal(_ wanted: String) -> OddityError {
    OddityError(
      .usage,
      "\"\(kind.kind):\(text ?? "")\" has no strength that there is: \(kind.strengthName ?? "") is \(wanted)")
  }
}

extension ImageShape {
  /// - Throws: `OddityError.usage` where a side has fewer pixels than the grid has tiles.
  func check(holds grid: Int, of kind: String) throws(OddityError) {
    guard min(height, width) >= grid else {
      throw OddityError(
        .usage,
        "the network sees \(height)×\(width) pixels: too few for a \(kind) of \(grid)×\(grid) tiles "
          + "(\(.pseudoOOD, "\(kind):GRID"))")
    }
  }
}
