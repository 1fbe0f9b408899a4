import Imaging

/// How a network's input values follow from pixels: v = (level · rescale − mean) / std.
struct ValueScale: Sendable, Equatable {
  var rescale: Double
  /// One value for each channel, in the order of the pixels' channels.
  var mean: [Double]
  var std: [Double]

  func value(_ level: Float, channel: Int) -> Float {
    Float((Double(level) * rescale - mean[channel]) / std[channel])
  }

  func level(_ value: Float, channel: Int) -> Float {
    Float((Double(value) * std[channel] + mean[channel]) / rescale)
  }

  /// Mean and std for values of [0, 1].
  var unitMean: [Double] { mean.map { $0 / (255 * rescale) } }
  var unitStd: [Double] { std.map { $0 / (255 * rescale) } }

  /// From mean and std for values of [0, 1]. A single value applies to all channels.
  static func unit(mean: [Double], std: [Double], channels: Int) -> ValueScale {
    func filled(_ values: [Double]) -> [Double] {
      values.count == channels
        ? values : Array(repeating: values.reduce(0, +) / Double(values.count), count: channels)
    }
    return ValueScale(rescale: 1 / 255, mean: filled(mean), std: filled(std))
  }
}

/// The memory layout of a network's input, and how it is made from pixels.
struct InputForm: Sendable {
  let height: Int
  let width: Int
  let channels: Int
  let isChannelsFirst: Bool
  let isBGR: Bool
  var scale: ValueScale
  /// Whether `scale` was given by the user or follows from bytes divided by 255.
  let isScaleKnown: Bool
  /// Whether the input holds only whole numbers.
  let holdsIntegers: Bool

  /// - Parameter arrays: the values of the float arrays that the model was fitted on; nil if it was fitted on
  ///   images.
  init(_ preprocessing: ResolvedPreprocessing, arrays: ClosedRange<Float>?) {
    (height, width) = (preprocessing.size.height, preprocessing.size.width)
    channels = preprocessing.channels.count
    isChannelsFirst = preprocessing.layout == .nchw
    isBGR = preprocessing.channels == .bgr
    holdsIntegers = preprocessing.inputType.integers != nil
    func pixelOrder(_ values: [Double]) -> [Double] {
      preprocessing.channels == .bgr ? values.reversed() : values
    }
    let said = ValueScale(
      rescale: preprocessing.rescaleFactor, mean: pixelOrder(preprocessing.mean),
      std: pixelOrder(preprocessing.std))
    let isUnknown = !preprocessing.normalizationKnown && !(arrays?.mayBeScaledBytes ?? true)
    if isUnknown, !holdsIntegers, let arrays, arrays.upperBound > arrays.lowerBound {
      // Maps the least value to level 0 and the largest to 255, so that a picture is recognised in it.
      scale = ValueScale(
        rescale: Double(arrays.upperBound - arrays.lowerBound) / 255,
        mean: Array(repeating: -Double(arrays.lowerBound), count: channels),
        std: Array(repeating: 1, count: channels))
    } else {
      scale = said
    }
    isScaleKnown = !isUnknown && !holdsIntegers
  }

  var count: Int { height * width * channels }

  /// The index of a pixel's channel in the tensor, with channels in the order of pixels.
  func place(row: Int, column: Int, channel: Int) -> Int {
    let own = isBGR ? channels - 1 - channel : channel
    return isChannelsFirst
      ? (own * height + row) * width + column : (row * width + column) * channels + own
  }
}

/// An image in the form of pixel levels, reconstructed from a network's input: 0 to 255, pixel by pixel, red
/// first.
package struct PixelLevels: Sendable {
  let form: InputForm
  /// [H, W, C]
  var values: [Float]

  /// - Parameter tensor: one image's input.
  init(_ tensor: ArraySlice<Float>, form: InputForm) {
    self.form = form
    var values = Array(repeating: Float.zero, count: form.count)
    let start = tensor.startIndex
    var target = 0
    for row in 0..<form.height {
      for column in 0..<form.width {
        for channel in 0..<form.channels {
          let place = start + form.place(row: row, column: column, channel: channel)
          values[target] = form.scale.level(tensor[place], channel: channel)
          target += 1
        }
      }
    }
    self.values = values
  }

  private init(_ image: PixelImage, form: InputForm) {
    (self.form, values) = (form, image.pixels.map { Float($0) })
  }

  /// The image as bytes. Values beyond 0 and 255 are clipped.
  var image: PixelImage {
    PixelImage(
      width: form.width, height: form.height, channels: form.channels,
      pixels: values.map { $0.isFinite ? UInt8(min(max($0.rounded(), 0), 255)) : 0 })
  }

  /// Another image in the same form.
  func showing(_ image: PixelImage) -> PixelLevels { PixelLevels(image, form: form) }

  /// The network's input for these levels.
  ///
  /// - Parameter scale: how values follow from levels; the network's own by default.
  func tensor(scale: ValueScale? = nil) -> [Float] {
    let scale = scale ?? form.scale
    var tensor = Array(repeating: Float.zero, count: values.count)
    var source = 0
    for row in 0..<form.height {
      for column in 0..<form.width {
        for channel in 0..<form.channels {
          tensor[form.place(row: row, column: column, channel: channel)] = scale.value(
            values[source], channel: channel)
          source += 1
        }
      }
    }
    return tensor
  }
}
