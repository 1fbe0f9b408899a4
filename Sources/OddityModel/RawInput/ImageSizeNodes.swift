import Imaging
import ONNXGraph

/// The height and width of images, computed while the graph runs: int32 scalars.
struct SizeNodes {
  var height: Tensor
  var width: Tensor

  var shorter: Tensor { height.smaller(of: width) }
  var longer: Tensor { height.larger(of: width) }
}

extension ResizeTarget {
  /// The size after the resize, computed in the same arithmetic as ``ResizeTarget/size(of:)``.
  func nodes(for image: SizeNodes, _ arithmetic: Arithmetic) -> SizeNodes {
    switch self {
    case .exact(let height, let width):
      SizeNodes(height: .scalar(height), width: .scalar(width))
    case .shorterSide(let side):
      Self.keepingRatio(image, shorterSide: side)
    case .rounded(let sides):
      sides.nodes(for: image, arithmetic)
    case .covering(let target):
      Self.scaled(image, to: target, arithmetic) { $0 .< $1 }
    case .within(let target):
      Self.scaled(image, to: target, arithmetic) { $0 .> $1 }
    }
  }

  fileprivate static func keepingRatio(_ image: SizeNodes, shorterSide side: Int) -> SizeNodes {
    let short = Tensor.scalar(side)
    let long = (image.longer * Double(side)).quotient(by: image.shorter)
    let isTall = .!(image.height .< image.width)
    return SizeNodes(height: isTall.choose(long, else: short), width: isTall.choose(short, else: long))
  }

  /// - Parameter choosesHeight: whether the height determines the scale, given two products that compare like
  ///   height and width in units of the target.
  private static func scaled(
    _ image: SizeNodes, to target: ImageSize, _ arithmetic: Arithmetic,
    choosesHeight: (Tensor, Tensor) -> Tensor
  ) -> SizeNodes {
    let byHeight = choosesHeight(
      image.height * Double(target.width), image.width * Double(target.height))
    let numerator = byHeight.choose(.scalar(target.height), else: .scalar(target.width))
    let denominator = byHeight.choose(image.height, else: image.width)
    let ratio = denominator.cast(to: .double) / numerator.cast(to: .double)
    func side(_ pixels: Tensor) -> Tensor {
      arithmetic.rounded(pixels, times: numerator, over: denominator) { $0 / ratio }.larger(of: .scalar(1))
    }
    return SizeNodes(height: side(image.height), width: side(image.width))
  }
}

extension ResizeTarget.RoundedSides {
  fileprivate func nodes(for image: SizeNodes, _ arithmetic: Arithmetic) -> SizeNodes {
    let size = unrounded(image, arithmetic)
    func multiple(_ side: Tensor) -> Tensor {
      (side + Double(multipleOf - 1)).quotient(by: .scalar(multipleOf)) * Double(multipleOf)
    }
    return multipleOf == 1
      ? size : SizeNodes(height: multiple(size.height), width: multiple(size.width))
  }

  private func unrounded(_ image: SizeNodes, _ arithmetic: Arithmetic) -> SizeNodes {
    guard rounding == .nearest else { return ResizeTarget.keepingRatio(image, shorterSide: shorterSide) }
    let scale = Tensor.scalar(Double(shorterSide)) / image.shorter.cast(to: .double)
    func side(_ pixels: Tensor) -> Tensor {
      arithmetic.rounded(pixels, times: .scalar(shorterSide), over: image.shorter) { $0 * scale }
    }
    return SizeNodes(height: side(image.height), width: side(image.width))
  }
}

extension Arithmetic {
  /// A fraction of integers, rounded to the nearest integer as float64 does it. Exact halves need float64.
  /// Without float64, an exact half gives a side that is too long to be allowed.
  fileprivate func rounded(
    _ pixels: Tensor, times numerator: Tensor, over denominator: Tensor, inDoubles: (Tensor) -> Tensor
  ) -> Tensor {
    let product = pixels * numerator
    let quotient = product.quotient(by: denominator)
    let twice = (product - quotient * denominator) * 2
    let nearest = (twice .> denominator).choose(quotient + 1, else: quotient)
    let exact = (twice .== denominator).choose(.scalar(RawInput.longestSide + 1), else: nearest)
    return hasDoubles.choose(inDoubles(pixels.cast(to: .double)).rounded().cast(to: .int32), else: exact)
  }
}

extension CropRounding {
  /// The start of a window of this size on a side, as in ``CropWindow``.
  func offset(_ side: Tensor, _ crop: Tensor) -> Tensor {
    let surplus = side - crop
    let half = surplus.quotient(by: .scalar(2))
    let lost =
      switch self {
      case .down: half
      case .even: half + (surplus - half * 2) * half.remainder(by: .scalar(2))
      }
    return (surplus .< 0.0).choose(-(-surplus).quotient(by: .scalar(2)), else: lost)
  }
}

extension Arithmetic {
  /// A share of a side in pixels, at least one, computed like Swift's `Int(share * Double(side))`.
  ///
  /// - Parameter share: at most 1.
  func share(_ share: Double, of side: Tensor) -> Tensor {
    // Three digits to the base 2¹⁴, the last one rounded up. If float64 rounds a product up to an integer,
    // the product is within 2⁻²⁷ of it.
    let base = 16_384.0
    var (rest, digits): (Double, [Double]) = (share, [])
    for _ in 0..<3 {
      rest *= base
      digits.append(rest.rounded(.down))
      rest -= rest.rounded(.down)
    }
    digits[2] += 1
    let inIntegers = digits.reversed().reduce(Tensor.scalar(0)) { carry, digit in
      (side * digit + carry).quotient(by: .scalar(Int(base)))
    }
    let inDoubles = (side.cast(to: .double) * share).cast(to: .int32)
    return hasDoubles.choose(inDoubles, else: inIntegers).larger(of: .scalar(1))
  }
}
