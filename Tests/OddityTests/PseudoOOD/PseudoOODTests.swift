import Testing

@testable import OddityFiles
@testable import OddityFit

/// The kinds of pseudo-OOD images, and their effect on images that are not photographs.
@Suite struct PseudoOODTests {
  static let kinds = [
    "jigsaw", "gaussian-noise", "uniform-noise", "blur", "rotation", "cutmix", "patch-shuffle",
    "pixel-shuffle", "zoom", "phase", "amplitude", "tile", "edges", "pink", "stripes", "shapes", "strokes",
    "invert", "mixup",
  ]
  /// These kinds use no random numbers.
  static let fixed = ["blur", "edges", "invert"]

  private let shape = ImageShape.channelsFirst(channels: 2, height: 8, width: 8)
  /// 0, 1, 2, …
  private let image = (0..<128).map(Float.init)
  private let donors = [Donor(id: 9, values: Array(repeating: -1, count: 128))]

  @Test(arguments: [
    ("jigsaw", "jigsaw:3"), ("jigsaw:1024", "jigsaw:1024"), ("gaussian-noise", "gaussian-noise:1"),
    ("gaussian-noise:0.50", "gaussian-noise:0.5"), ("gaussian-noise:1e1", "gaussian-noise:10"),
    ("uniform-noise", "uniform-noise"), ("blur", "blur"), ("blur:2.0", "blur:2"), ("rotation", "rotation"),
    ("cutmix", "cutmix:0.5"), ("cutmix:.25", "cutmix:0.25"), ("patch-shuffle", "patch-shuffle:4"),
    ("pixel-shuffle", "pixel-shuffle"), ("zoom", "zoom:3"), ("zoom:2.50", "zoom:2.5"), ("phase", "phase"),
    ("amplitude", "amplitude"), ("tile", "tile:4"), ("edges", "edges"), ("pink", "pink:1.3"),
    ("pink:2.0", "pink:2"), ("stripes", "stripes"), ("shapes", "shapes"), ("strokes", "strokes"),
    ("invert", "invert"), ("mixup", "mixup:0.5"), ("mixup:.25", "mixup:0.25"),
  ])
  func everyKindHasOneName(text: String, name: String) throws {
    let kind = try PseudoOOD(parsing: text)
    #expect(kind.name == name)
    #expect(try PseudoOOD(parsing: name) == kind)
  }

  @Test(arguments: [
    ("", "the kinds are jigsaw[:GRID], gaussian-noise[:STD]"), ("mirror", "the kinds are"),
    ("Blur", "the kinds are"),
    ("jigsaw:1", "2 to 1024"), ("jigsaw:1025", "2 to 1024"), ("jigsaw:", "2 to 1024"),
    ("jigsaw:3.0", "2 to 1024"), ("jigsaw:9223372036854775808", "2 to 1024"), ("jigsaw:3:3", "2 to 1024"),
    ("patch-shuffle:1", "2 to 1024"), ("gaussian-noise:0", "0.01 to 100"),
    ("gaussian-noise:-1", "0.01 to 100"), ("gaussian-noise:nan", "0.01 to 100"),
    ("gaussian-noise:inf", "0.01 to 100"), ("gaussian-noise: 1", "0.01 to 100"), ("blur:0.2", "0.25 to 100"),
    ("blur:101", "0.25 to 100"), ("cutmix:1", "0.01 to 0.99"), ("cutmix:0", "0.01 to 0.99"),
    ("zoom:1", "1.1 to 100"), ("zoom:nan", "1.1 to 100"), ("tile:1", "2 to 1024"), ("pink:-1", "0 to 4"),
    ("mixup:1", "0.01 to 0.99"), ("phase:1", "no strength"), ("uniform-noise:1", "no strength"),
    ("rotation:90", "no strength"), ("pixel-shuffle:", "no strength"),
  ])
  func whatIsNoKindIsRefused(text: String, hint: String) throws {
    let error = try #require(throws: OddityError.self) { try PseudoOOD(parsing: text) }
    #expect(error.code == .usage)
    #expect(error.message.contains(hint), "\(error)")
  }

  @Test(arguments: ["jigsaw:9", "patch-shuffle:9"])
  func anImageSmallerThanTheGridIsRefused(text: String) throws {
    let kind = try PseudoOOD(parsing: text)
    let error = try #require(throws: OddityError.self) { try pseudo(kind, id: 1) }
    #expect(error.code == .usage && error.message.contains("8×8") && error.message.contains("GRID"))
  }

  @Test func theIdentityGivesTheImageAndZeroesWhatIsLeftOver() {
    let shape = ImageShape.channelsFirst(channels: 1, height: 4, width: 4)
    let sources = Jigsaw.threeByThree.sources(shape, order: Array(0..<9))
    #expect(sources == [0, 1, 2, nil, 4, 5, 6, nil, 8, 9, 10, nil, nil, nil, nil, nil])
  }

  @Test(arguments: kinds.filter { !fixed.contains($0) })
  func seedAndIdDecideAndNothingElse(text: String) throws {
    let kind = try PseudoOOD(parsing: text)
    #expect(try pseudo(kind, id: 1) == pseudo(kind, id: 1))
    // Two rotations may be equal, but not all eight.
    let donors = (9...10).map { Donor(id: $0, values: Array(repeating: -Float($0), count: 128)) }
    let byID = try (1...8).map { try pseudo(kind, id: $0, donors: donors) }
    let bySeed = try (1...8).map { try pseudo(kind, id: 1, seed: $0, donors: donors) }
    #expect(Set(byID).count > 1 && Set(bySeed).count > 1)
  }

  /// Strengths of one kind share their random numbers, so twice the standard deviation gives twice the noise.
  @Test func strengthsShareTheirDraws() throws {
    let weak = try pseudo(PseudoOOD(parsing: "gaussian-noise:0.5"), id: 4)
    let strong = try pseudo(PseudoOOD(parsing: "gaussian-noise"), id: 4)
    for index in image.indices {
      #expect(abs(2 * (weak[index] - image[index]) - (strong[index] - image[index])) < 1e-4)
    }
  }

  @Test(arguments: ["rotation", "patch-shuffle", "pixel-shuffle", "jigsaw:2"])
  func whatMovesPixelsKeepsThemAllAndTheirChannelsTogether(text: String) throws {
    let moved = try pseudo(PseudoOOD(parsing: text), id: 6)
    #expect(moved != image)
    #expect(moved.sorted() == image)
    #expect((0..<64).allSatisfy { moved[64 + $0] == moved[$0] + 64 })
  }

  /// Images of a fit have no such values. A caller of the library gets the arithmetic result, and no crash.
  @Test func valuesThatAreNotFiniteStayWhereTheyArePut() throws {
    var odd = image
    (odd[0], odd[1], odd[2]) = (.nan, .infinity, -.infinity)
    for text in ["rotation", "patch-shuffle", "pixel-shuffle"] {
      let moved = try pseudo(PseudoOOD(parsing: text), id: 1, image: odd)
      #expect(moved.count { $0.isNaN } == 1 && moved.count { $0.isInfinite } == 2, "\(text)")
    }
    let noisy = try pseudo(PseudoOOD(parsing: "gaussian-noise"), id: 1, image: odd)
    #expect(noisy[0].isNaN && noisy[1] == .infinity && noisy[2] == -.infinity)
    #expect(noisy[3...].allSatisfy { $0.isFinite })
    let blurred = try pseudo(PseudoOOD(parsing: "blur:0.25"), id: 1, image: odd)
    #expect(blurred[0].isNaN && blurred[4].isFinite && blurred[64...].allSatisfy(\.isFinite))
    let uniform = try pseudo(PseudoOOD(parsing: "uniform-noise"), id: 1, image: odd)
    #expect(uniform[..<64].allSatisfy(\.isNaN) && uniform[64...].allSatisfy(\.isFinite))
  }

  @Test func aConstantImageStaysWhatItIsButForNoise() throws {
    let constant = Array(repeating: Float(0.5), count: 128)
    for text in [
      "rotation", "patch-shuffle", "pixel-shuffle", "uniform-noise", "jigsaw:2", "zoom", "tile", "edges",
      "pink",
      "stripes", "shapes", "strokes", "invert",
    ] {
      #expect(try pseudo(PseudoOOD(parsing: text), id: 1, image: constant) == constant, "\(text)")
    }
    // The donor is −1 everywhere. mixup takes half of it, and amplitude takes the size of its mean.
    for (text, expected) in [("blur", 0.5), ("phase", 0.5), ("mixup", -0.25), ("amplitude", 1)]
      as [(_, Float)]
    {
      for value in try pseudo(PseudoOOD(parsing: text), id: 1, image: constant) {
        #expect(abs(value - expected) < 1e-6, "\(text)")
      }
    }
  }

  @Test(arguments: ["uniform-noise", "edges", "pink", "stripes", "shapes", "strokes", "invert"])
  func inventedValuesStayInTheRangeOfTheirChannel(text: String) throws {
    for id in 1...8 {
      let invented = try pseudo(PseudoOOD(parsing: text), id: UInt64(id))
      #expect(invented[..<64].allSatisfy { (0...63).contains($0) })
      #expect(invented[64...].allSatisfy { (64...127).contains($0) })
    }
  }

  @Test func theNegativeOfTheNegativeIsTheImage() throws {
    let invert = try PseudoOOD(parsing: "invert")
    let negative = try pseudo(invert, id: 1)
    #expect(negative[0] == 63 && negative[63] == 0 && negative[64] == 127)
    #expect(try pseudo(invert, id: 1, image: negative) == image)
  }

  /// ⌈8/3⌉ = 3 rows and columns. The last tile has two of them.
  @Test func aTileIsRepeatedAndCutOff() throws {
    let tiled = try pseudo(PseudoOOD(parsing: "tile:3"), id: 3)
    for (pixel, value) in tiled[..<64].enumerated() {
      let (row, column) = (pixel / 8 % 3, pixel % 8 % 3)
      #expect(value == tiled[row * 8 + column])
      #expect(value == tiled[0] + Float(8 * row + column) && value == tiled[64 + pixel] - 64)
    }
  }

  /// ⌊8/4⌋ = 2 rows and columns: the corners of the result are the corners of the rectangle.
  @Test func aZoomShowsARectangle() throws {
    let zoomed = try pseudo(PseudoOOD(parsing: "zoom:4"), id: 3)
    #expect(zoomed[7] == zoomed[0] + 1 && zoomed[56] == zoomed[0] + 8 && zoomed[63] == zoomed[0] + 9)
    #expect(zoomed[64...].elementsEqual(zoomed[..<64].map { $0 + 64 }))
  }

  /// ⌊8√½⌋ = 5 rows and columns of the donor, in both channels.
  @Test func cutmixPastesARectangleOfAnotherImage() throws {
    let mixed = try pseudo(PseudoOOD(parsing: "cutmix"), id: 1)
    #expect(mixed.count { $0 == -1 } == 2 * 25)
    #expect(zip(mixed, image).allSatisfy { $0 == -1 || $0 == $1 })
  }

  @Test(arguments: ["cutmix", "mixup", "amplitude"])
  func noImageIsMixedWithItself(text: String) throws {
    let kind = try PseudoOOD(parsing: text)
    #expect(kind.needsDonors)
    let error = try #require(throws: OddityError.self) { try pseudo(kind, id: 9) }
    #expect(error.code == .badData && error.message.contains(text))
  }

  private func pseudo(
    _ kind: PseudoOOD, id: UInt64, seed: UInt64 = 0, image: [Float]? = nil, donors: [Donor]? = nil
  ) throws -> [Float] {
    try kind.apply(to: image ?? self.image, shape: shape, id: id, seed: seed, donors: donors ?? self.donors)
  }
}

extension PseudoOOD {
  /// The pseudo-OOD image of one image.
  ///
  /// - Parameters:
  ///   - image: the preprocessed image, `shape.count` values.
  ///   - shape: the layout of the image and of the result.
  ///   - donors: the images that kinds which mix two images draw from, in the order of their numbers.
  func apply(
    to image: [Float], shape: ImageShape, id: UInt64, seed: UInt64, donors: [Donor] = []
  ) throws(OddityError) -> [Float] {
    precondition(image.count == shape.count, "an image of another shape")
    try check(shape)
    let random = ImageRandomness(seed: seed, id: id)
    var pseudo = Array(repeating: Float.zero, count: shape.count)
    try image.withUnsafeBufferPointer { image throws(OddityError) in
      try pseudo.withUnsafeMutableBufferPointer { pseudo throws(OddityError) in
        let source = SourceImage(values: image, shape: shape, id: id, random: random, donors: donors)
        try transform.write(source, into: pseudo)
      }
    }
    return pseudo
  }
}
