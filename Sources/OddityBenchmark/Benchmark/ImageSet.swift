import Imaging

/// One of a benchmark's sets of images: which images of which sources, in their order.
package struct ImageSet: Sendable {
  /// What a set is for.
  package enum Role: String, Sendable, Codable {
    /// `id.fit`
    case fit
    /// `id.calibration`
    case calibration
    /// `id.evaluate`
    case evaluate
    /// A set of `ood`.
    case ood
  }

  /// The images to use of one source.
  package struct Stretch: Sendable {
    package let source: any ImageSource
    /// Positions among the source's items, ascending.
    package let positions: [Int]
  }

  package let role: Role
  /// The OOD set's name; of in-distribution sets the role's.
  package let name: String
  package let stretches: [Stretch]
  /// Where the suite names the set, for complaints.
  let line: Int

  /// Images in all.
  package var count: Int { stretches.reduce(0) { $0 + $1.positions.count } }

  /// All images, one for each row of the set's measurements.
  package var items: [ImageItem] {
    stretches.flatMap { stretch in stretch.positions.map { stretch.source.items[$0] } }
  }

  /// By which its measurement is called: `id.fit`, `ood.NAME`.
  var fileName: String { role == .ood ? "ood.\(name)" : "id.\(name)" }
}
