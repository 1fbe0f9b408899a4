import Foundation

/// A bet against p-values being uniform: by how much its capital grows with a p-value. Its mean over [0, 1] is one.
enum Bet: Sendable, Equatable {
  /// `κ p^(κ−1)`: on many low p-values, that is on low scores; mirrored on many high ones.
  case power(Double, mirrored: Bool)
  /// `1 + ε (p − ½)`: on a tilt.
  case linear(Double)

  /// On what each part of the capital is bet: low scores, high scores, a tilt either way.
  static let all: [Bet] = [
    .power(0.3, mirrored: false), .power(0.3, mirrored: true), .power(0.6, mirrored: false),
    .power(0.6, mirrored: true), .linear(-1), .linear(1),
  ]

  /// Smaller p-values count as this: an infinite gain is none.
  private static let smallest = 1e-12

  /// The logarithm of the growth at p in [0, 1).
  func logGrowth(_ p: Double) -> Double {
    switch self {
    case .power(let kappa, let mirrored):
      log(kappa) + (kappa - 1) * log(max(mirrored ? 1 - p : p, Self.smallest))
    case .linear(let epsilon): log1p(epsilon * (p - 0.5))
    }
  }
}
