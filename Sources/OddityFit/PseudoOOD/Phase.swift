import OddityModel

/// `phase`: the image with the amplitudes of its Fourier spectrum and random phases.
///
/// The spectrum X(k, l) of a channel, from the two-dimensional discrete Fourier transform, becomes `X(k, l) ·
/// e^{iθ(k, l)}`. All channels have the same random θ, so that colours still fit together.
/// `Spectrum(randomPhasesOf:)` defines how θ is drawn from the kind's stream. The mean does not change. The
/// result may leave the image's range. A constant image does not change.
/// Source: Galerne, Gousseau & Morel, *Random Phase Textures: Theory and Synthesis*, IEEE Trans. Image
/// Process. 20, 2011.
struct Phase: PseudoOODTransform {
  static let kind = "phase"

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let shape = image.shape
    var generator = image.random.stream(of: Self.kind)
    let phases = Spectrum(randomPhasesOf: shape.height, shape.width, using: &generator)
    for channel in stride(from: 0, to: shape.channels, by: 2) {
      // Two channels form one complex plane, because these phases turn real planes into real planes.
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
