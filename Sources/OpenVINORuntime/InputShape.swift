/// The shape of a batch that is about to be given to a model.
struct InputShape {
  let shape: [Int]
  /// How many values there are.
  let count: Int

  init(_ shape: [Int], count: Int) {
    self.shape = shape
    self.count = count
  }

  /// Throws where the values do not fill the shape, or `port` does not take it. The leading dimension may
  /// be smaller than the port's.
  func check(against port: Port) throws(EngineError) {
    guard let rows = shape.first, shape.allSatisfy({ $0 > 0 }), shape.reduce(1, *) == count else {
      throw EngineError(.shapeMismatch, "\(count) values do not fill a batch of shape \(shape)")
    }
    guard port.hasRank else { return }
    let fits =
      port.shape.count == shape.count && rows <= port.shape[0] ?? .max
      && zip(port.shape, shape).dropFirst().allSatisfy { $0 == nil || $0 == $1 }
    guard fits else {
      throw EngineError(
        .shapeMismatch,
        "input \"\(port.name)\" takes \(Self.text(port.shape)), not a batch of shape \(shape)")
    }
  }

  private static func text(_ shape: [Int?]) -> String {
    "[" + shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + "]"
  }
}
