import Foundation
import OddityClassifier
import ONNXGraph

/// The maximum softmax probability at the temperature that calibrates it: `max softmax(l/T)`, as log-odds (Guo et al.,
/// ICML 2017).
///
/// T minimises the negative log-likelihood of the true classes of images that the classifier was not trained on, half of
/// those of a calibration source: on training images it looks too sure, and T comes out far below what it is elsewhere. The
/// likelihood has one minimum over T; log T is searched in [log 0.05, log 20].
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

  /// - Throws: ``OddityError`` `.badData` where no true class is known.
  private static func fit(_ table: FeatureTable) throws(OddityError) -> Double {
    let labelled = (0..<table.count).filter { table.truth[$0] != nil }
    guard !labelled.isEmpty else { throw OddityError.unfittedTemperature }
    func loss(_ logT: Double) -> Double {
      let scale = exp(-logT)
      return labelled.reduce(0.0) { sum, row in
        let logits = table.logit(row).map { Double($0) * scale }
        return sum + EnergyValue.of(logits) - logits[table.truth[row] ?? 0]
      }
    }
    return exp(GoldenSection.minimum(of: loss, within: log(0.05)...log(20), tolerance: 1e-7))
  }
}

extension FittedScore {
  /// `max softmax(l/T)`, as its log-odds above those of the uniform softmax, `−log mean_{c≠ŷ} exp((l_c − l_ŷ)/T)`.
  ///
  /// At a high temperature all softmaxes are nearly uniform: beside the `log(C − 1)` of the plain log-odds, their
  /// differences would be lost in single precision. At a low one all powers would vanish: the largest of the others is taken out.
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

/// Golden-section search (Kiefer, Proc. AMS 4, 1953).
enum GoldenSection {
  /// Where a function with one minimum within the range has it.
  static func minimum(
    of function: (Double) -> Double, within range: ClosedRange<Double>, tolerance: Double
  ) -> Double {
    let ratio = (5.0.squareRoot() - 1) / 2
    var (lower, upper) = (range.lowerBound, range.upperBound)
    var (left, right) = (upper - ratio * (upper - lower), lower + ratio * (upper - lower))
    var (atLeft, atRight) = (function(left), function(right))
    while upper - lower > tolerance {
      if atLeft < atRight {
        (upper, right, atRight) = (right, left, atLeft)
        left = upper - ratio * (upper - lower)
        atLeft = function(left)
      } else {
        (lower, left, atLeft) = (left, right, atRight)
        right = lower + ratio * (upper - lower)
        atRight = function(right)
      }
    }
    return (lower + upper) / 2
  }
}

extension OddityError {
  /// What temperature scaling needs where no temperature is set.
  package static var unfittedTemperature: OddityError {
    OddityError(
      .badData,
      "tempscale fits its temperature on labelled images that the classifier was not trained on, none of them also in "
        + "\(.inDistribution): pass some in class folders with \(.calibration) (half of them fit it, the others calibrate; in a "
        + "suite: id.calibration), or set it with "
        + "\(.settings, "tempscale.T=VALUE")")
  }
}
