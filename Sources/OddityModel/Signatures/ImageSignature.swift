import Foundation
import Imaging
import OddityScores

/// How an image looks to a network, in a few dozen numbers: statistics of the input, FeatureNorm over the
/// depth, and the logits. `oddity diagnose` compares them.
package struct ImageSignature: Sendable {
  /// The values in the order of ``SignatureForm/features``, each rounded to half precision, as in files.
  package let values: [Float]
  package let classIndex: Int

  package init(values: [Float], classIndex: Int) { (self.values, self.classIndex) = (values, classIndex) }
}

/// The parts of a network's signatures.
package struct SignatureForm: Sendable {
  let input: InputForm
  /// The positions of the blocks whose norms are used, among all measured blocks.
  let blocks: [Int]
  private let classes: Int

  /// The most blocks in a signature. Of more blocks, some that are evenly spread over the depth are used.
  private static let mostBlocks = 16

  /// - Parameters:
  ///   - blocks: the number of measured blocks.
  ///   - arrays: the values of the float arrays that the model was fitted on; nil if it was fitted on images.
  package init(
    _ preprocessing: ResolvedPreprocessing, blocks: Int, classes: Int, arrays: ClosedRange<Float>?
  ) {
    input = InputForm(preprocessing, arrays: arrays)
    self.classes = classes
    let kept = min(blocks, Self.mostBlocks)
    self.blocks = (0..<kept).map { kept == 1 ? 0 : $0 * (blocks - 1) / (kept - 1) }
  }

  /// The names of the values, in their order.
  package var features: [String] {
    InputStatistics.names(channels: input.channels) + blocks.map { "norm.\($0)" }
      + LogitStatistics.names(classes: classes)
  }

  /// The range of the features that come from the network instead of its input: norms and logits.
  package var answers: Range<Int> {
    let input = InputStatistics.names(channels: input.channels).count
    return input..<features.count
  }

  /// The position of the classifier's certainty among the features.
  package var certainty: Int? { features.firstIndex(of: LogitStatistics.certainty) }

  /// The signature of one image.
  ///
  /// - Parameters:
  ///   - tensor: the network's input.
  ///   - norms: FeatureNorm of every measured block.
  package func signature(
    tensor: ArraySlice<Float>, norms: some Collection<Float>, logits: some Collection<Float>
  ) -> ImageSignature {
    let looks = InputStatistics(tensor, form: input).values.map { Self.rounded($0) }
    return ImageSignature(
      values: looks + answers(norms: norms, logits: logits), classIndex: Prediction(logits: logits).classIndex
    )
  }

  /// The part of a signature that describes only the network's answers.
  package func answers(norms: some Collection<Float>, logits: some Collection<Float>) -> [Float] {
    let norms = Array(norms)
    let measured = blocks.map { log(Double(norms[$0]) + 1e-12) }
    return (measured + LogitStatistics(logits.map { Double($0) }).values).map { Self.rounded($0) }
  }

  /// The value in half precision, within ±100. A value that is not a number counts as the largest.
  private static func rounded(_ value: Double) -> Float {
    value.isNaN ? 100 : Float(Float16(min(max(value, -100), 100)))
  }
}

/// Statistics of the logits that do not depend on their scale.
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
