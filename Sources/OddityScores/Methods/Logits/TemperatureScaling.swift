import Foundation
import OddityClassifier
import ONNXGraph

/// The maximum softmax probability at the temperature that calibrates it: `max softmax(l/T)`, as log-odds
/// (Guo et al., ICML 2017).
///
/// T is a ``CalibratingTemperature`` from half of the images of a calibration source.
struct TemperatureScaling: Score {
  static let description = ScoreDescription(
    name: "tempscale", summary: "the maximum softmax probability at a fitted temperature",
    paper: "Guo et al., ICML 2017", fits: "T on half of the labelled calibration images",
    composition: .logits, sign: .positive, parameters: [temperature])
  static let temperature = Parameter<Double?>(fitted: "T", "temperature; fitted unless set")

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits] }

  func fitted(to data: FitData) throws -> FittedScore {
    .softmax(atTemperature: try data.parameters[Self.temperature] ?? Self.fit(data.temperature))
  }

  /// - Throws: ``OddityError`` `.badData` if no true class is known.
  private static func fit(_ table: FeatureTable) throws(OddityError) -> Double {
    let labelled = (0..<table.count).filter { table.truth[$0] != nil }
    guard !labelled.isEmpty else { throw OddityError.unfittedTemperature }
    return CalibratingTemperature.fit(
      logits: labelled.map { row in table.logit(row).map { Double($0) } },
      truth: labelled.map { table.truth[$0] ?? 0 })
  }
}

extension FittedScore {
  /// `max softmax(l/T)`, as its log-odds above those of the uniform softmax, `−log mean_{c≠ŷ} exp((l_c − l_ŷ)/T)`.
  ///
  /// At a high temperature, all softmaxes are nearly uniform, and their differences would be lost in single
  /// precision beside the `log(C − 1)` of the plain log-odds. At a low temperature, all powers would vanish,
  /// so the largest one is factored out.
  static func softmax(atTemperature temperature: Double) -> FittedScore {
    FittedScore(["T": .number(temperature)]) { x in
      let margins = (x.logits - x.logits.max(axis: 1, keep: true)) / temperature
      let others = x.isPredicted.choose(-.infinity, else: margins)
      let second = others.max(axis: 1, keep: true)
      let mean = (others - second).exp().sum(axis: 1, keep: true) / Double(x.classes - 1)
      return (-(mean.log() + second)).flattened()
    }
  }
}

extension OddityError {
  /// The error if temperature scaling has neither a set temperature nor labelled images.
  package static var unfittedTemperature: OddityError {
    OddityError(
      .badData,
      "tempscale fits its temperature on labelled images that the classifier was not trained on and that are "
        + "not in \(.inDistribution): pass such images in class folders with \(.calibration) (half of them "
        + "fit the temperature, the others calibrate; in a suite: id.calibration), or set the temperature "
        + "with \(.settings, "tempscale.T=VALUE")")
  }
}
