import Foundation
import Oddity

extension SplitMix64 {
  /// A standard normal number (Box–Muller).
  mutating func nextNormal() -> Double {
    (-2 * log(1 - nextUnit())).squareRoot() * cos(2 * .pi * nextUnit())
  }
}
