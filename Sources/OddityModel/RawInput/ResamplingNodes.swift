import Imaging
import ONNXGraph

/// One side of an image on its way to the model's input: its length before and after the resize, and the
/// wanted part.
struct SideNodes {
  /// int32 scalars.
  let input: Tensor
  let output: Tensor
  /// The wanted positions within the resized side, int32 [wanted].
  let places: Tensor
  /// The distance between two neighbours along this side among the image's pixels, int32 scalar.
  let step: Tensor
  /// The number of wanted positions.
  let wanted: Int
}

extension SideNodes {
  /// Chooses one of two sides while the graph runs. Both have the same number of wanted positions.
  func otherwise(_ other: SideNodes, where condition: Tensor) -> SideNodes {
    SideNodes(
      input: condition.choose(other.input, else: input), output: condition.choose(other.output, else: output),
      places: condition.choose(other.places, else: places), step: condition.choose(other.step, else: step),
      wanted: wanted)
  }
}

/// Pillow's weights for one side of an image, as in ``ResamplingTable``, for a size that is known only when
/// the graph runs.
///
/// The wanted positions are divided into blocks of neighbours. The weights of a block are a matrix over all
/// samples that its positions use. A resize is therefore a product of small matrices, whose cost grows
/// linearly with the image instead of quadratically.
///
/// A weight has 22 bits after the point. It is stored as three digits of 8 bits each in float32. Every
/// product of a digit with samples is then an integer below 2²⁴. Such integers are exact in float32 in any
/// order of summation, and in the shorter formats in which GPUs multiply.
struct ResamplingNodes {
  /// The number of positions in a block.
  static let block = 16
  /// This many samples, weighted with the largest digits, add up to less than 2²⁴.
  static let mostSamples = 512

  /// The samples that each block uses, int32 [blocks, samples]. Samples beyond the last wanted one are
  /// replaced by it.
  let samples: Tensor
  /// The digits of the weights, float32 [blocks, 3 · places, samples].
  private let weights: Tensor
  /// The first sample, and the one after the last, int32 scalars.
  let first: Tensor
  let end: Tensor
  /// Whether every position uses few enough samples for exact sums, bool.
  let isExact: Tensor
  let blocks: Int
  private let side: SideNodes

  init(_ side: SideNodes, _ interpolation: Interpolation, _ arithmetic: Arithmetic) {
    self.side = side
    let blocks = (side.wanted + Self.block - 1) / Self.block
    let scale = side.input.cast(to: .double) / side.output.cast(to: .double)
    let stretch = scale.larger(of: .scalar(1.0))
    let support = stretch * interpolation.support
    let inverse = 1.0 / stretch
    let filled = (0..<blocks * Self.block).map { min($0, side.wanted - 1) }
    let places = side.places.rows(at: Tensor(filled)).reshaped([blocks, Self.block])
    let centres = (places.cast(to: .double) + 0.5) * scale
    let starts = (centres - support + 0.5).cast(to: .int32).larger(of: .scalar(0))
    let ends = (centres + support + 0.5).cast(to: .int32).smaller(of: side.input)
    let firstOfBlock = starts.min(axes: [1], keep: true)
    let endOfBlock = ends.max(axes: [1], keep: true)
    let longest = (endOfBlock - firstOfBlock).max(axes: [0, 1])
    let samples = firstOfBlock + Tensor.range(from: .scalar(0), to: longest).reshaped([1, -1])

    let column = samples.reshaped([blocks, 1, -1])
    func row(_ tensor: Tensor) -> Tensor { tensor.reshaped([blocks, Self.block, 1]) }
    let distances = (column.cast(to: .double) - row(centres) + 0.5) * inverse
    let isGathered = .!(column .< row(starts)) .& (column .< row(ends))
    func gathered(_ weights: Tensor) -> Tensor { isGathered.choose(weights, else: 0) }
    let numerators = (column * 2 + 1) * side.output - row(places * 2 + 1) * side.input
    let denominator = side.input.larger(of: side.output) * 2
    let inDoubles = Self.fixedPoint(gathered(interpolation.weight(at: distances)))
    let inIntegers =
      interpolation == .bilinear
      ? Self.fixedPoint(integers: gathered((denominator - numerators.abs()).larger(of: .scalar(0))))
      : Self.fixedPoint(
        gathered(interpolation.weight(at: numerators.cast(to: .double) / denominator.cast(to: .double))))

    first = firstOfBlock.min(axes: [0, 1])
    end = endOfBlock.max(axes: [0, 1])
    self.blocks = blocks
    self.samples = samples.smaller(of: end - 1)
    weights = Self.digits(of: arithmetic.hasDoubles.choose(inDoubles, else: inIntegers))
    isExact = (ends - starts).max(axes: [0, 1]) .< Double(Self.mostSamples + 1)
  }

  /// Weights that sum to one, times 2²², rounded with halves away from zero.
  ///
  /// Running sums add one weight after another, as Pillow does. An engine's sum may use any order.
  private static func fixedPoint(_ raw: Tensor) -> Tensor {
    let sums = raw.cumulativeSum(axis: 2).entries(at: Tensor([-1]), axis: 2)
    let exact = raw / (sums .== .scalar(0.0)).choose(1, else: sums) * 0x1p22
    return (exact .< 0.0).choose((exact - 0.5).ceiling(), else: (exact + 0.5).floor())
  }

  /// The same for weights that are integers, exact in any arithmetic. The fraction in float32 is off by at
  /// most one. The terms of the remainder may overflow int32, but their difference does not.
  ///
  /// If the sizes of an image are simple fractions of each other, many pixels lie in the middle between two
  /// levels, so the last digit of a weight matters.
  private static func fixedPoint(integers: Tensor) -> Tensor {
    let near = fixedPoint(integers.cast(to: .double)).cast(to: .int32)
    let sums = integers.sum(axis: 2, keep: true)
    let twice = (integers * 0x1p22 - near * sums) * 2
    let nearest = (twice .< sums).choose(
      (twice .< -sums).choose(near - 1, else: near), else: near + 1)
    return nearest.cast(to: .double)
  }

  /// The digits of integers to the base 256, lowest first, each between -128 and 127 and divided by a power
  /// of two. The amount that a lower digit carries over is then a whole number.
  private static func digits(of weights: Tensor) -> Tensor {
    var (rest, digits): (Tensor, [Tensor]) = (weights, [])
    for _ in 0..<2 {
      let higher = ((rest + 128) * 0x1p-8).floor()
      digits.append((rest - higher * 256) * 0x1p-8)
      rest = higher
    }
    digits.append(rest * 0x1p-6)
    return Tensor.concatenation(digits, axis: 1).cast(to: .float)
  }

  /// Resizes one side.
  ///
  /// - Parameter input: float32 [N, blocks, samples, others], whole numbers of 0 to 255.
  /// - Returns: float32 [N, wanted, others], the same.
  func resize(_ input: Tensor, others: Int) -> Tensor {
    let sums = weights.matmul(input)
    func digit(_ position: Int) -> Tensor {
      sums.slice(position * Self.block..<(position + 1) * Self.block, axis: 2)
    }
    // ⌊(h·2¹⁶ + m·2⁸ + l + 2²¹) / 2²²⌋, computed from the lowest digit.
    let middle = (digit(1) + digit(0).floor() * 0x1p-8).floor()
    let value = (digit(2) + middle * 0x1p-6 + 0.5).floor().clipped(to: 0...255)
    return value.reshaped([0, blocks * Self.block, others]).slice(0..<side.wanted, axis: 1)
  }
}

extension Interpolation {
  /// ``weight(at:)`` for distances in float64, in the same order of operations.
  fileprivate func weight(at x: Tensor) -> Tensor {
    let distance = x.abs()
    switch self {
    case .nearest:
      preconditionFailure("the nearest pixel is picked, not weighted")
    case .bilinear:
      return (distance .< 1.0).choose(1.0 - distance, else: 0)
    case .box:
      return ((x .> -0.5) .& .!(x .> 0.5)).cast(to: .double)
    case .hamming:
      let (floor, height) = Self.hammingWindow
      // The cosine is computed from the sine, because ONNX Runtime before 1.29 has no float64 cosine.
      let window = ((distance + 0.5) * Double.pi).sin() * height + floor
      return (distance .< 1.0).choose(distance.sinc() * window, else: 0)
    case .lanczos:
      return (.!(x .< -3.0) .& (x .< 3.0)).choose(x.sinc() * (x / 3).sinc(), else: 0)
    case .bicubic:
      let a = Self.bicubicParameter
      let near = (distance * (a + 2) - (a + 3)) * distance * distance + 1
      let far = (((distance - 5) * distance + 8) * distance - 4) * a
      return (distance .< 1.0).choose(near, else: (distance .< 2.0).choose(far, else: 0))
    }
  }
}

extension Tensor {
  fileprivate func sinc() -> Tensor {
    let isZero = self .== .scalar(0.0)
    let angle = self * Double.pi
    return isZero.choose(1, else: angle.sin() / isZero.choose(1, else: angle))
  }
}
