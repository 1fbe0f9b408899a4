/// How an image is resized; each is Pillow's filter of this name.
public enum Interpolation: String, Codable, Sendable, CaseIterable {
  case nearest, bilinear, bicubic

  /// The reach of the filter on either side, in pixels of the smaller grid; 0 for nearest.
  var support: Double {
    switch self {
    case .nearest: 0
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// The filter's weight at distance `x`: the triangle, or Keys' cubic convolution with a = -0.5 (IEEE
  /// Trans. ASSP 29, 1981, equation 4).
  func weight(at x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .nearest:
      return distance <= 0.5 ? 1 : 0
    case .bilinear:
      return distance < 1 ? 1 - distance : 0
    case .bicubic:
      let a = -0.5
      if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
      if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * a }
      return 0
    }
  }
}
