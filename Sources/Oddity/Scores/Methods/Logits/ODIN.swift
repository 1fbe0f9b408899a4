/// `max softmax(l(x′)/T)`, as log-odds (Liang et al., ICLR 2018).
///
/// At ε = 0, x′ is the image itself and ODIN is temperature scaling with a large T.
struct ODIN: Score {
  static let description = ScoreDescription(
    name: "odin", summary: "the maximum softmax probability at a high temperature",
    paper: "Liang et al., ICLR 2018", composition: .logits,
    parameters: [
      ScoreParameter(
        "T", "temperature", standard: 1000, range: 0...Double.greatestFiniteMagnitude, excluding: [0])
    ])

  let taps: Set<Tap> = [.logits]
  private let temperature: Double

  init(_ parameters: ScoreParameters) { temperature = parameters.number("T") }

  func fitted(to data: FitData) -> any FittedScore { SoftmaxAtTemperature(temperature: temperature) }
}
