import OddityModel

/// `phase`: the image with the amplitudes of its Fourier spectrum and random phases.
///
/// A channel's spectrum X(k, l), from the two-dimensional discrete Fourier transform, becomes
/// `X(k, l) · e^{iθ(k, l)}`, with the same random θ for all channels, so that colours still belong together;
/// `Spectrum(randomPhasesOf:)` says how θ is drawn of the kind's stream. The mean stays. Nothing keeps the result in
/// the image's range. A constant image stays what it is.
/// Source: Galerne, Gousseau & Morel, *Random Phase Textures: Theory and Synthesis*, IEEE Trans. Image Process. 20, 2011.
struct Phase: PseudoOODTransform {
  static let kind = "phase"

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let shape = image.shape
    var generator = image.random.stream(of: Self.kind)
    let phases = Spectrum(randomPhasesOf: shape.height, shape.width, using: &generator)
    for channel in stride(from: 0, to: shape.channels, by: 2) {
      // Two channels are one complex plane: the phases make real planes of real ones.
      let step = channel + 1 < shape.channels ? shape.channelStride : nil
      let plane = image.plane(channel) { place in
        Complex(Double(image.values[place]), step.map { Double(image.values[place + $0]) } ?? 0)
      }
      var spectrum = Spectrum(of: plane, height: shape.height, width: shape.width)
      spectrum.multiply(by: phases)
      let result = spectrum.plane()
      var pixel = 0
      shape.forEachPixel(of: channel) { place in
        pseudo[place] = Float(result[pixel].x)
        if let step { pseudo[place + step] = Float(result[pixel].y) }
        pixel += 1
      }
    }
  }
}
