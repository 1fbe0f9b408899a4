import OddityClassifier
import ONNXGraph

/// z with its norm replaced by FeatureNorm of the selected block: `z · FeatureNorm / ‖z‖ · k`, and `l = Wz +
/// b` of the result.
///
/// k = mean ‖z‖ / mean FeatureNorm over in-distribution images, so that the mean norm is unchanged. A
/// composed score fits everything on the replaced rows.
struct NormReplacement: Sendable {
  let block: Block
  /// k
  let scale: Double
  let head: LinearHead

  /// The tables of a ``FitData`` with replaced features and logits.
  struct Tables: Sendable {
    let sample: FeatureTable
    let select: FeatureTable
    let temperature: FeatureTable
  }

  /// - Throws: ``OddityError`` `.badData` if the mean FeatureNorm or the features are zero or not finite.
  init(_ data: FitData) throws(OddityError) {
    guard let head = data.head else {
      throw OddityError(.usage, "composing logits with the selected norm needs a linear head")
    }
    let table = data.sample
    let norms = (0..<table.count).map { table.feature($0).squaredNorm.squareRoot() }
    let mean = table.norms.reduce(0.0) { $0 + Double($1) }
    scale = norms.reduce(0, +) / mean
    guard scale.isFinite, scale > 0 else {
      throw OddityError(
        .badData,
        (mean > 0 ? "the features before the last layer are" : "FeatureNorm of '\(data.block.tensor)' is")
          + " zero or not finite on all images, so no score can be composed with it")
    }
    (self.block, self.head) = (data.block, head)
  }

  /// The data that a composed score is fitted to. Running sums belong to other features, so they are removed.
  func applied(to data: FitData) -> FitData {
    let tables = data.replaced.value {
      Tables(
        sample: applied(to: data.sample), select: applied(to: data.select),
        temperature: applied(to: data.temperature))
    }
    return FitData(
      classes: data.classes, form: data.form, head: data.head, block: data.block, sample: tables.sample,
      select: tables.select, temperature: tables.temperature, statistics: FitStatistics.Sums(),
      fitCount: data.fitCount,
      std: data.std, smallestFeature: data.smallestFeature, seed: data.seed, parameters: data.parameters)
  }

  /// The inputs of a score with replaced features and logits.
  ///
  /// - Parameter features: the features of another image, [N, D]; by default z.
  func applied(to x: ScoreInputs, features: Tensor? = nil) -> ScoreInputs {
    let features = features ?? x.features
    let length = features.norm(axis: 1, keep: true).atLeast(1e-12)
    let replaced = features * (x[.featureNorm(block)] * scale / length)
    return x.replacing(features: replaced, logits: head.logits(of: replaced), by: self)
  }

  private func applied(to table: FeatureTable) -> FeatureTable {
    var replaced = FeatureTable(classes: table.classes, featureCount: table.featureCount)
    for row in 0..<table.count {
      let z = table.feature(row)
      let factor = Float(scale * Double(table.norms[row]) / max(z.squaredNorm.squareRoot(), 1e-12))
      let features = z.map { $0 * factor }
      replaced.append(
        features: features, logits: head.logits(of: features), norm: table.norms[row], truth: table.truth[row]
      )
    }
    return replaced
  }
}
