import Foundation
import Imaging
import OddityScores

/// What an image looks like to a network, in some tens of numbers: statistics of the input, FeatureNorm over the depth, and the
/// logits. `oddity diagnose` compares them.
package struct ImageSignature: Sendable {
  /// In the order of ``SignatureForm/features``, each rounded to half precision, as files keep them.
  package let values: [Float]
  package let classIndex: Int

  package init(values: [Float], classIndex: Int) { (self.values, self.classIndex) = (values, classIndex) }
}

/// What the signatures of a network consist of.
package struct SignatureForm: Sendable {
  let input: InputForm
  /// Positions of the blocks whose norms are taken, among all that are measured.
  let blocks: [Int]
  private let classes: Int

  /// So many blocks at most; of more, some evenly over the depth.
  private static let mostBlocks = 16

  /// - Parameters:
  ///   - blocks: how many blocks are measured.
  ///   - arrays: the values of the float arrays that the model was fitted on; nil where it was fitted on images.
  package init(
    _ preprocessing: ResolvedPreprocessing, blocks: Int, classes: Int, arrays: ClosedRange<Float>?
  ) {
    input = InputForm(preprocessing, arrays: arrays)
    self.classes = classes
    let kept = min(blocks, Self.mostBlocks)
    self.blocks = (0..<kept).map { kept == 1 ? 0 : $0 * (blocks - 1) / (kept - 1) }
  }

  /// What each value is, in their order.
  package var features: [String] {
    InputStatistics.names(channels: input.channels) + blocks.map { "norm.\($0)" }
      + LogitStatistics.names(classes: classes)
  }

  /// The range of the features that come from the network, and not from its input: norms and logits.
  package var answers: Range<Int> {
    let input = InputStatistics.names(channels: input.channels).count
    return input..<features.count
  }

  /// Where the certainty of the classifier is among the features.
  package var certainty: Int? { features.firstIndex(of: LogitStatistics.certainty) }

  /// The signature of one image.
  ///
  /// - Parameters:
  ///   - tensor: the network's input.
  ///   - norms: FeatureNorm of every block that is measured.
  package func signature(
    tensor: ArraySlice<Float>, norms: some Collection<Float>, logits: some Collection<Float>
  ) -> ImageSignature {
    let looks = InputStatistics(tensor, form: input).values.map { Self.rounded($0) }
    return ImageSignature(
      values: looks + answers(norms: norms, logits: logits), classIndex: Prediction(logits: logits).classIndex
    )
  }

  /// The part of a signature that is about the network alone.
  package func answers(norms: some Collection<Float>, logits: some Collection<Float>) -> [Float] {
    let norms = Array(norms)
    let measured = blocks.map { log(Double(norms[$0]) + 1e-12) }
    return (measured + LogitStatistics(logits.map { Double($0) }).values).map { Self.rounded($0) }
  }

  /// In half precision, within ±100; what is no number counts as the largest.
  private static func rounded(_ value: Double) -> Float {
    value.isNaN ? 100 : Float(Float16(min(max(value, -100), 100)))
  }
}

/// What the logits say of an image, whatever their scale is.
private struct LogitStatistics {
  static let certainty = "logits.certainty"
  let values: [Double]

  static func names(classes: Int) -> [String] {
    classes > 1
      ? [
        "logits.spread", "logits.largest", "logits.margin", "logits.energy", "logits.mean", certainty,
        "logits.confidence",
      ] : ["logits.value"]
  }

  init(_ logits: [Double]) {
    guard logits.count > 1 else {
      values = logits.map { asinh($0) }
      return
    }
    let count = Double(logits.count)
    let sorted = logits.sorted(by: >)
    let (largest, second) = (sorted[0], sorted[1])
    let mean = logits.reduce(0, +) / count
    let spread = (logits.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot() + 1e-12
    let energy = largest + log(logits.reduce(0) { $0 + exp($1 - largest) })
    let logProbabilities = logits.map { $0 - energy }
    let entropy = -logProbabilities.reduce(0) { $0 + exp($1) * $1 }
    values = [
      log(spread), (largest - mean) / spread, (largest - second) / spread, asinh(energy), asinh(mean),
      -log(entropy + 1e-6), -log(1 - exp(largest - energy) + 1e-6),
    ]
  }
}
