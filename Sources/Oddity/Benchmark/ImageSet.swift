import Imaging

/// One of a benchmark's sets of images: which images of which sources, in their order.
public struct ImageSet: Sendable {
  /// What a set is for.
  public enum Role: String, Sendable, Codable {
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
  public struct Stretch: Sendable {
    public let source: any ImageSource
    /// Positions among the source's items, ascending.
    public let positions: [Int]
  }

  public let role: Role
  /// The OOD set's name; of in-distribution sets the role's.
  public let name: String
  public let stretches: [Stretch]
  /// Where the suite names the set, for complaints.
  let line: Int

  /// Images in all.
  public var count: Int { stretches.reduce(0) { $0 + $1.positions.count } }

  /// All images, one for each row of the set's measurements.
  public var items: [ImageItem] {
    stretches.flatMap { stretch in stretch.positions.map { stretch.source.items[$0] } }
  }

  /// By which its measurement is called: `id.fit`, `ood.NAME`.
  var fileName: String { role == .ood ? "ood.\(name)" : "id.\(name)" }
}
