import Imaging
import ONNXGraph

/// The whole conversion from decoded pixels to a model's input as nodes of a graph, for images of any size,
/// like ``ResolvedPreprocessing/apply(_:into:)``.
///
/// In ONNX Runtime the result is bitwise equal.
struct PreprocessingNodes {
  let preprocessing: ResolvedPreprocessing
  /// The element type of the model's input.
  let type: ElementType
  /// uint8 [N, pixels, 3]
  let pixels: Tensor
  /// The size of the incoming images.
  let whole: SizeNodes
  let arithmetic: Arithmetic
  /// The part of an image that is resized.
  let cut: SizeNodes
  /// The position where that part begins among the pixels, int32 scalar.
  let origin: Tensor
  /// The size after the resize.
  let target: SizeNodes

  /// - Parameters:
  ///   - image: uint8 [N, height, width, 3], red, green, blue.
  ///   - type: the element type of the model's input. A converter may have changed the one that the
  ///     preprocessing names.
  init(_ preprocessing: ResolvedPreprocessing, of image: Tensor, as type: ElementType) {
    (self.preprocessing, self.type) = (preprocessing, type)
    pixels = image.reshaped([0, -1, 3])
    func side(_ axis: Int64) -> Tensor {
      image.shape().rows(at: Tensor([axis], dims: [])).cast(to: .int32)
    }
    whole = SizeNodes(height: side(1), width: side(2))
    arithmetic = Arithmetic(side: whole.height, pixels: pixels)
    if let shares = preprocessing.centralShare {
      cut = SizeNodes(
        height: arithmetic.share(shares[0], of: whole.shorter),
        width: arithmetic.share(shares[1], of: whole.shorter))
      let rounding = preprocessing.cropRounding
      origin =
        rounding.offset(whole.height, cut.height) * whole.width + rounding.offset(whole.width, cut.width)
    } else {
      (cut, origin) = (whole, .scalar(0))
    }
    target = preprocessing.resize?.nodes(for: cut, arithmetic) ?? cut
  }

  /// The model's input.
  var input: Tensor {
    let indexed = framed(ordered).cast(to: .int32) + offsets
    let table = Tensor(preprocessing.valueTables.flatMap { $0 })
    // The table is rounded, not the tensor, because engines skip the rounding of a tensor if they then
    // compute in a longer format.
    let values = (type == .float ? table : table.cast(to: type)).rows(at: indexed)
    return preprocessing.layout == .nchw ? values.transposed([0, 3, 1, 2]) : values
  }

  var size: ImageSize { preprocessing.size }
  var channels: Int { preprocessing.channels.count }

  /// The position where the table of each channel begins in the joined table.
  private var offsets: Tensor {
    Tensor(int32s: (0..<channels).map { Int32($0 * 256) }, dims: [1, 1, 1, channels])
  }

  /// Whole numbers from 0 to 255, [N, height, width, channels], with channels in the model's order.
  private var ordered: Tensor {
    let resized = isPicked ? picked : resampled
    return preprocessing.channels == .bgr ? resized.entries(at: Tensor([2, 1, 0]), axis: 3) : resized
  }

  /// Whether every pixel of the result is a pixel of the image.
  private var isPicked: Bool { preprocessing.resize == nil || preprocessing.interpolation == .nearest }
}

/// Framing and channels.
extension PreprocessingNodes {
  private func framed(_ image: Tensor) -> Tensor {
    guard mayBeFramed else { return image }
    func isInside(_ places: Tensor, _ side: Tensor) -> Tensor { .!(places .< 0.0) .& (places .< side) }
    let rows = isInside(rowPlaces, target.height).reshaped([size.height, 1, 1])
    let columns = isInside(columnPlaces, target.width).reshaped([1, size.width, 1])
    let frame = Tensor(
      int32s: preprocessing.frame.map { Int32($0) }, dims: [1, 1, 1, channels])
    return (rows .& columns).choose(image.cast(to: .int32), else: frame)
  }

  /// Whether a resized image may be smaller than the model's input.
  private var mayBeFramed: Bool {
    switch preprocessing.resize {
    case .none, .within: true
    case .exact(let height, let width): height < size.height || width < size.width
    case .shorterSide(let side): side < size.height || side < size.width
    case .rounded(let sides): sides.shorterSide < size.height || sides.shorterSide < size.width
    case .covering(let covered): covered.height < size.height || covered.width < size.width
    }
  }

  /// If the model takes grey, the luma of ITU-R 601, like ``ColourConversion/luma(_:_:_:)``, in float32,
  /// whose sums are exact here. It is not a matrix product, because engines may compute that with fewer
  /// digits.
  ///
  /// - Parameter colours: [..., 3].
  func inChannels(_ colours: Tensor) -> Tensor {
    guard preprocessing.channels == .grey, let axes = colours.rank else { return colours }
    let weights = Tensor([Float(19595), 38470, 7471], dims: Array(repeating: 1, count: axes - 1) + [3])
    let weighted = (colours.cast(to: .float) * weights).sum(axis: axes - 1, keep: true)
    return ((weighted + 32_768) * 0x1p-16).floor()
  }
}

/// Sizes and positions.
extension PreprocessingNodes {
  /// The positions of the model's rows in the resized image, int32 [height]. In a frame they are outside of
  /// the image.
  var rowPlaces: Tensor {
    count(size.height) + preprocessing.cropRounding.offset(target.height, .scalar(size.height))
  }

  var columnPlaces: Tensor {
    count(size.width) + preprocessing.cropRounding.offset(target.width, .scalar(size.width))
  }

  func count(_ side: Int) -> Tensor {
    Tensor(int32s: (0..<Int32(side)).map { $0 }, dims: [side])
  }

  func within(_ places: Tensor, _ side: Tensor) -> Tensor {
    places.larger(of: .scalar(0)).smaller(of: side - 1)
  }

  /// Whether Oddity takes images of this size and can compute with it, bool.
  var isAllowed: Tensor {
    let most = Tensor.scalar(RawInput.longestSide + 1)
    let pixels = Tensor.scalar(DecodingOptions.defaultMaximumPixels + 1)
    let isShort = (whole.longer .< most) .& (target.longer .< most)
    let isSmall =
      (whole.height * whole.width .< pixels)
      .& (target.width * target.height.larger(of: cut.height) .< pixels)
    guard preprocessing.resize == nil, preprocessing.crop == nil else { return isShort .& isSmall }
    return (whole.height .== .scalar(size.height)) .& (whole.width .== .scalar(size.width))
  }
}

extension Tensor {
  /// The values as a list of `count` elements. If a condition does not hold, the list is empty, and the graph
  /// fails in every runtime.
  func flattened(to count: Int, failingUnless condition: Tensor) -> Tensor {
    flattened().prefix(condition.choose(Tensor([count]), else: Tensor([0]))).reshaped([count])
  }
}

extension InputType {
  var elementType: ElementType {
    switch self {
    case .float16: .float16
    case .float32: .float
    case .float64: .double
    case .uint8: .uint8
    case .int8: .int8
    case .int32: .int32
    case .int64: .int64
    }
  }
}

extension ResolvedPreprocessing {
  /// Whether an engine without float64 prepares images of any size. For other settings it may fail, see
  /// ``Arithmetic``.
  var isSureInSinglePrecision: Bool { resize == nil || ![.box, .nearest].contains(interpolation) }
}
