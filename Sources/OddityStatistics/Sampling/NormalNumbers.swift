import Foundation

/// Standard normal numbers by Box–Muller, both of every pair used.
package struct NormalNumbers {
  private var generator: SplitMix64
  private var second: Double?

  package init(_ generator: SplitMix64) {
    self.generator = generator
  }

  package mutating func next() -> Double {
    if let second {
      self.second = nil
      return second
    }
    let radius = (-2 * log(1 - generator.nextUnit())).squareRoot()
    let angle = 2 * .pi * generator.nextUnit()
    second = radius * sin(angle)
    return radius * cos(angle)
  }
}
