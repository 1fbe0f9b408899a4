import OddityModel

/// A kind that divides the image into a grid with the same number of tiles along each side.
protocol GridKind: PseudoOODTransform {
  static var standardGrid: Int { get }

  /// The number of tiles along each side.
  var grid: Int { get }

  init(grid: Int)
}

extension GridKind {
  static var strengthName: String? { "GRID" }

  /// At most 1,024 tiles per side, far finer than any image that a classifier sees.
  init(strength: StrengthText) throws(OddityError) {
    self.init(grid: try strength.grid(in: 2...1_024) ?? Self.standardGrid)
  }

  var strength: String? { "\(grid)" }
}

/// A kind that mixes the image with a share of a donor, by default a half.
protocol MixingKind: PseudoOODTransform {
  /// The share of the donor.
  var share: Double { get }

  init(share: Double)
}

extension MixingKind {
  static var strengthName: String? { "SHARE" }
  static var needsDonors: Bool { true }

  init(strength: StrengthText) throws(OddityError) {
    self.init(share: try strength.number(in: 0.01...0.99) ?? 0.5)
  }

  var strength: String? { Numbers.shortest(share) }
}
