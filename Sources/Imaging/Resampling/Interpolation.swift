import Foundation

/// The filters for resizing, with the names of Pillow's filters.
public enum Interpolation: String, Codable, Sendable, CaseIterable {
  case nearest, bilinear, bicubic, box, hamming, lanczos

  /// The names of all.
  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// How far the filter reaches on either side, in pixels of the smaller grid; 0 for nearest.
  package var support: Double {
    switch self {
    case .nearest: 0
    case .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The filter's weight at distance `x`: the triangle, Keys' cubic convolution with a = -0.5 (IEEE
  /// Trans. ASSP 29, 1981, equation 4), the box, or a sinc under Hamming's window or under its own main lobe (Lanczos).
  func weight(at x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .nearest:
      return 1
    case .bilinear:
      return distance < 1 ? 1 - distance : 0
    case .box:
      return x > -0.5 && x <= 0.5 ? 1 : 0
    case .hamming:
      let (floor, height) = Self.hammingWindow
      return distance < 1 ? Self.sinc(distance) * (floor + height * cos(distance * .pi)) : 0
    case .lanczos:
      return x >= -3 && x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
    case .bicubic:
      let a = Self.bicubicParameter
      if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
      if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * a }
      return 0
    }
  }

  /// The constant that Hamming's window adds to its cosine, and the cosine's amplitude. Pillow's constants
  /// have single precision.
  package static let hammingWindow = (floor: Double(Float(0.54)), height: Double(Float(0.46)))
  /// The constant a of Keys' filter.
  package static let bicubicParameter = -0.5

  private static func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sin(x * .pi) / (x * .pi)
  }
}
