import OddityClassifier
import ONNXGraph

/// A score with the multiplier of *Catalyst* (arXiv 2602.02409): `S·γ` with `γ = mean_c clip(stat_c(F), 0,
/// t)`. The statistic is the mean, the unbiased standard deviation or the maximum of a channel over its
/// positions.
///
/// A larger γ must make an image more in-distribution. A score that is at most 0 by construction is therefore
/// divided by γ. If a score can have both signs, its softplus is multiplied. t is a fixed percentile of all
/// channels' statistics on a sample of the fit part. The authors choose it on pseudo-OOD images, which a fit
/// does not use for this.
struct ChannelMultiplication {
  let multiplier: ChannelMultiplier
  /// t
  let limit: Double

  /// - Parameters:
  ///   - parameters: the parameters of the multiplier.
  ///   - name: the name of the score with its multiplier.
  /// - Throws: ``OddityError`` `.badData` if no channel's statistic is above 0.
  init(
    _ multiplier: ChannelMultiplier, of data: FitData, parameters: ScoreParameters, for name: String
  ) throws(OddityError) {
    limit = try data.sample.values(multiplier.tap)
      .upperLimit(parameters, ChannelStatistic.percentile, for: name)
    guard limit > 0, limit.isFinite else {
      throw OddityError(
        .badData,
        "\(name): \(multiplier.statistic.rawValue) of the channels, clipped to at most its percentile, is 0 for all images: take "
          + "another statistic or block, or set a higher \(multiplier.statistic.multiplierName).percentile")
    }
    self.multiplier = multiplier
  }

  /// The multiplied score.
  ///
  /// - Parameter sign: the sign of the score.
  func applied(to score: FittedScore, sign: ScoreSign) -> FittedScore {
    let state = score.state.merging(["multiplier_limit": .number(limit)]) { own, _ in own }
    return FittedScore(state) { x in
      let factor = x[multiplier.tap].clipped(to: 0...Float(limit)).mean(axis: 1)
      let plain = score.score(x)
      switch sign {
      case .positive: return plain * factor
      case .negative: return plain / (factor + 1e-12)
      case .signed(let forms):
        return (forms.contains(x.form) ? plain : plain.atLeast(EnergyValue.least).softplus()) * factor
      }
    }
  }
}
