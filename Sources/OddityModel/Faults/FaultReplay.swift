import Imaging
import OddityScores

/// A fault of one strength, to be replayed on calibration images.
package struct FaultReplay: Sendable {
  /// nil for changes that are not faults of a pipeline. They are replayed only to learn how accuracy falls.
  package let fault: Fault?
  /// The strength as text.
  package let strength: String
  /// Replays of a fault with the same chain are increasing strengths of the same change. nil for a change
  /// without strengths.
  package let chain: String?
  /// The factor by which values grow. A classifier may be more confident of larger values without recognising
  /// more in them.
  package let magnification: Double
  private let change: Change

  private enum Change: Sendable {
    case pixels(PixelFault)
    case scale(ValueScale)
    /// Red and blue are swapped.
    case channels
    /// Another resize or crop, applied to the original image.
    case cut(OtherCut)
    /// Interleaved pixel values are mistaken for planes, or the other way round.
    case layout
  }

  /// The network's input with this fault.
  ///
  /// - Parameter image: the original image, or nil if there is none.
  /// - Throws: ``ImagingError`` if libjpeg-turbo fails, or the image cannot be resized in this way.
  func apply(
    to levels: PixelLevels, of image: EncodedImage?, _ preprocessing: ResolvedPreprocessing
  ) throws(ImagingError) -> [Float] {
    switch change {
    case .cut(let cut):
      guard let image, case .pixels(let pixels) = try image.decode(preprocessing.decoding) else {
        return levels.tensor()
      }
      do throws(ImagingError) {
        return levels.showing(try cut.picture(of: pixels, preprocessing)).tensor()
      } catch  where error.code == .tooLarge {
        // This image is too narrow for the other cut, but not for the network's own preprocessing.
        return levels.tensor()
      }
    case .pixels(let fault): return levels.showing(try fault.apply(to: levels.image)).tensor()
    case .scale(let scale): return levels.tensor(scale: scale)
    case .channels: return levels.swapped.tensor()
    case .layout: return levels.form.inOtherOrder(levels.tensor())
    }
  }

  /// Whether it changes pictures, and not the numbers made from them.
  package var changesPictures: Bool {
    ![.notScaled, .scaledTwice, .otherNormalisation, .layoutMistaken].contains(fault)
  }

  /// Whether a wrong preprocessing has the same effect, so that a fit may look for it in its own images.
  package var isOfPreprocessing: Bool {
    switch fault {
    case nil: false
    case .channelsSwapped, .otherNormalisation, .layoutMistaken, .turned, .inverted: true
    default: false
    }
  }
}

extension FaultReplay {
  /// All faults that can happen to the images of a network.
  ///
  /// - Parameter preprocessing: of images that come as pictures; nil for arrays, whose images are cropped
  ///   already.
  static func all(for form: InputForm, _ preprocessing: ResolvedPreprocessing?) -> [FaultReplay] {
    scales(of: form) + order(of: form) + looks(of: form) + cuts(of: form, preprocessing) + noises
  }

  /// Noise can leave a classifier confident and wrong, more than any fault of a pipeline.
  private static let noises = [10.0, 25, 50].map {
    FaultReplay(nil, "noise of \($0) levels", .pixels(.noise($0)))
  }

  private init(
    _ fault: Fault?, _ strength: String, chain: String? = nil, magnification: Double = 1, _ change: Change
  ) {
    (self.fault, self.strength, self.chain, self.change) = (fault, strength, chain, change)
    self.magnification = magnification
  }

  private static func chain<Strength>(
    _ fault: Fault, _ name: String, _ strengths: [Strength], _ step: (Strength) -> (String, PixelFault)
  ) -> [FaultReplay] {
    strengths.map { strength in
      let (text, change) = step(strength)
      return FaultReplay(fault, text, chain: name, .pixels(change))
    }
  }

  /// Faults that change the order of values.
  private static func order(of form: InputForm) -> [FaultReplay] {
    var replays = [FaultReplay(.turned, "upside down", .pixels(.quarterTurns(2)))]
    if form.height == form.width {
      replays += [
        FaultReplay(.turned, "a quarter anticlockwise", .pixels(.quarterTurns(1))),
        FaultReplay(.turned, "a quarter clockwise", .pixels(.quarterTurns(3))),
      ]
    }
    guard form.channels == 3 else { return replays }
    return replays + [
      FaultReplay(.channelsSwapped, "BGR in place of RGB, or the other way round", .channels),
      FaultReplay(.layoutMistaken, "[H, W, C] taken for [C, H, W], or the other way round", .layout),
    ]
  }

  /// Faults that change how an image looks.
  private static func looks(of form: InputForm) -> [FaultReplay] {
    let unit = Double(min(form.height, form.width)) / 32
    return (form.channels == 3 ? [FaultReplay(.grey, "no colour", .pixels(.grey))] : [])
      + [FaultReplay(.inverted, "negatives", .pixels(.negative))]
      + chain(.jpeg, "quality", [75, 40, 20, 10, 5]) { ("quality \($0)", .compressed($0)) }
      + chain(.gamma, "brighter", [0.6, 0.3]) { ("γ \($0)", .gamma($0)) }
      + chain(.gamma, "darker", [1.6, 3]) { ("γ \($0)", .gamma($0)) }
      + chain(.blurred, "blurred", [0.5, 1, 2]) {
        ("blurred by σ = \(Numbers.fixed($0 * unit, 1)) pixels", .gaussian($0))
      }
      + chain(.blurred, "enlarged", [4.0 / 3, 2, 4]) {
        ("enlarged \(Numbers.fixed($0, 1)) times", .enlarged($0))
      }
  }

  /// Faults of crop and resize.
  private static func cuts(of form: InputForm, _ preprocessing: ResolvedPreprocessing?) -> [FaultReplay] {
    let shifts = directions.flatMap { name, down, right in
      chain(.shiftedCrop, name, [0.1, 0.2]) {
        (
          "\(name) by \(Numbers.fixed(100 * $0, 0)) %", .shifted($0 * down, $0 * right, isMirrored: false)
        )
      }
    }
    let others = preprocessing.map(OtherCut.all) ?? []
    return others.map { FaultReplay($0.fault, $0.text, .cut($0)) } + shifts
      + chain(.shiftedCrop, "mirrored", [0.125]) {
        ("by an eighth within a larger picture", .shifted($0, $0, isMirrored: true))
      }
      + chain(.otherResize, "wide", [0.8, 2.0 / 3, 0.5]) {
        ("stretched to \(Numbers.fixed(1 / $0, 2)) times the width", .stretched($0))
      }
      + chain(.otherResize, "tall", [1.25, 1.5, 2]) {
        ("stretched to \(Numbers.fixed($0, 2)) times the height", .stretched($0))
      }
      + chain(.otherResize, "larger", [8.0 / 7, 4.0 / 3]) {
        ("a smaller part, \(Numbers.fixed($0, 2)) times as large", .zoomed($0))
      }
      + chain(.otherResize, "smaller", [7.0 / 8, 3.0 / 4]) {
        ("a larger part, \(Numbers.fixed($0, 2)) times as large", .zoomed($0))
      }
      + chain(.otherResize, "nearest", [1.5, 2]) {
        ("without antialiasing, from \(Numbers.shortest($0)) times the size", .nearest($0))
      }
  }

  /// The directions in which the crop moves, as signs of rows and columns.
  private static let directions = [
    ("down and right", 1.0, 1.0), ("down and left", 1, -1), ("up and right", -1, 1), ("up and left", -1, -1),
    ("right", 0, 1), ("left", 0, -1), ("down", 1, 0), ("up", -1, 0),
  ]

  /// Wrong ways to convert levels to values.
  private static func scales(of form: InputForm) -> [FaultReplay] {
    guard form.isScaleKnown else { return [] }
    let own = form.scale
    let (one, zero) = (
      Array(repeating: 1.0, count: form.channels), Array(repeating: 0.0, count: form.channels)
    )
    func scaled(_ rescale: Double, _ mean: [Double], _ std: [Double]) -> ValueScale {
      ValueScale(rescale: rescale, mean: mean, std: std)
    }
    func unit(_ mean: [Double], _ std: [Double]) -> ValueScale {
      .unit(mean: mean, std: std, channels: form.channels)
    }
    let (imagenet, cifar) = (Preprocessing.imagenet, Preprocessing.cifar)
    let scales: [(Fault, String, ValueScale)] = [
      (.notScaled, "0 to 255, then mean and std", scaled(1, own.mean, own.std)),
      (.notScaled, "0 to 255 as they are", scaled(1, zero, one)),
      // For a network that takes values of 0 to 255, this is not a second division.
      (
        own.isOfBytes ? .otherNormalisation : .scaledTwice, "divided by 255 once too often",
        scaled(own.rescale / 255, own.mean, own.std)
      ),
      (
        own.isOfBytes ? .otherNormalisation : .scaledTwice, "divided by 255 once too often, and nothing else",
        scaled(own.rescale / 255, zero, one)
      ),
      (.otherNormalisation, "none: values of 0 to 1", unit(zero, one)),
      (.otherNormalisation, "0.5 and 0.5: values of −1 to 1", unit([0.5], [0.5])),
      (.otherNormalisation, "ImageNet's", unit(imagenet.mean ?? zero, imagenet.std ?? one)),
      (.otherNormalisation, "CIFAR-10's", unit(cifar.mean ?? zero, cifar.std ?? one)),
      (
        .otherNormalisation, "values of 0 to 255 less ImageNet's mean",
        unit(imagenet.mean ?? zero, [1.0 / 255])
      ),
      (.otherNormalisation, "the mean was not subtracted", unit(zero, own.unitStd)),
      (.otherNormalisation, "no division by std", unit(own.unitMean, one)),
    ]
    var replays: [(scale: ValueScale, replay: FaultReplay)] = []
    for (fault, strength, scale) in scales
    where !scale.isLike(own) && !replays.contains(where: { $0.scale.isLike(scale) }) {
      let magnification = zip(own.unitStd, scale.unitStd).map { $0 / $1 }.max() ?? 1
      replays.append(
        (scale, FaultReplay(fault, strength, magnification: magnification, .scale(scale))))
    }
    return replays.map(\.replay)
  }
}

extension ValueScale {
  /// Whether pixels are not divided by 255.
  fileprivate var isOfBytes: Bool { rescale > 0.5 }

  /// Whether two scales give nearly the same values.
  fileprivate func isLike(_ other: ValueScale) -> Bool {
    zip(unitMean, other.unitMean).allSatisfy { abs($0 - $1) < 0.03 }
      && zip(unitStd, other.unitStd).allSatisfy { abs($0 / $1 - 1) < 0.15 }
  }
}

extension PixelLevels {
  /// The picture with red and blue swapped.
  fileprivate var swapped: PixelLevels {
    var swapped = self
    for pixel in stride(from: 0, to: values.count, by: 3) { swapped.values.swapAt(pixel, pixel + 2) }
    return swapped
  }
}

extension InputForm {
  /// The values of a tensor of the other layout, mistaken for one of this layout.
  func inOtherOrder(_ tensor: [Float]) -> [Float] {
    let pixels = height * width
    return (0..<tensor.count).map { place in
      isChannelsFirst
        ? tensor[place % channels * pixels + place / channels]
        : tensor[place % pixels * channels + place / pixels]
    }
  }
}
