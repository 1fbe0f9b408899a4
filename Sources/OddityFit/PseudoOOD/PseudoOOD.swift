import OddityModel

/// A kind of pseudo-OOD images with its strength: images made from in-distribution images to imitate strange
/// ones.
///
/// It works on the preprocessed tensor that the network sees. The result depends only on the image, its id
/// and the seed (for `cutmix`, `mixup` and `amplitude` also on a few donors), never on batches, threads, or
/// the order of the images. Each kind is defined in its own file beside this one.
public struct PseudoOOD: Sendable, Hashable, CustomStringConvertible {
  /// The canonical name in the form that is parsed: the kind, with its strength if it has one.
  public let name: String
  let transform: any PseudoOODTransform

  /// The default, and the kind of the paper: the tiles of a 3×3 grid, shuffled.
  public static let jigsaw = PseudoOOD(Jigsaw.threeByThree)

  /// All kinds, in the order in which help and errors list them.
  private static let kinds: [any PseudoOODTransform.Type] = [
    Jigsaw.self, GaussianNoise.self, UniformNoise.self, Blur.self, Rotation.self, CutMix.self,
    PatchShuffle.self, PixelShuffle.self, Zoom.self, Phase.self, Amplitude.self, Tile.self, Edges.self,
    Pink.self,
    Stripes.self, Shapes.self, Strokes.self, Invert.self, Mixup.self,
  ]

  /// All kinds as help and errors list them: `jigsaw[:GRID], gaussian-noise[:STD], …`.
  public static let available = kinds.map { kind in
    kind.kind + (kind.strengthName.map { "[:\($0)]" } ?? "")
  }.joined(separator: ", ")

  /// Reads `KIND` or `KIND:STRENGTH`.
  ///
  /// - Throws: `OddityError.usage` for an unknown kind, or a strength that is out of its range.
  public init(parsing text: String) throws(OddityError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let kind = Self.kinds.first(where: { $0.kind == parts[0] }) else {
      throw OddityError(
        .usage, "\"\(text)\" is not a kind of pseudo-OOD images: the kinds are \(Self.available)")
    }
    let strength = parts.count == 2 ? String(parts[1]) : nil
    if let strength, kind.strengthName == nil {
      throw OddityError(.usage, "\(kind.kind) has no strength to set: leave out \":\(strength)\"")
    }
    self.init(try kind.init(strength: StrengthText(kind: kind, text: strength)))
  }

  init(_ transform: some PseudoOODTransform) {
    self.transform = transform
    name = type(of: transform).kind + (transform.strength.map { ":\($0)" } ?? "")
  }

  /// The kind without its strength.
  var kindName: String { type(of: transform).kind }

  public var description: String { name }

  public static func == (first: PseudoOOD, second: PseudoOOD) -> Bool { first.name == second.name }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// Whether the kind uses other images of the same part.
  var needsDonors: Bool { type(of: transform).needsDonors }

  /// - Throws: `OddityError.usage` if images of this shape are too small for the kind.
  package func check(_ shape: ImageShape) throws(OddityError) {
    try transform.check(shape)
  }
}
