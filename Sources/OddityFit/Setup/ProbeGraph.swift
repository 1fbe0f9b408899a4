import Foundation
import OddityModel
import ONNXGraph

/// The classifier with every tap as a further output: one forward pass gives all that blocks and scores are measured by.
package struct ProbeGraph {
  let bytes: Data
  /// One for each tap of the layout, float32 [N, width].
  let outputs: [String]
  /// FeatureNorm of every candidate, the logits, then what else the scores tap.
  package let layout: TapLayout

  init(_ classifier: Classifier, candidates: [Block], taps: Set<Tap>, std: PixelScale) throws {
    let others = taps.subtracting([.logits]).sorted { $0.name < $1.name }
    let layout = TapLayout(candidates.map { .featureNorm($0) } + [.logits] + others, of: classifier)
    var appendix = Appendix(to: classifier.engineModel)
    outputs = layout.taps.map { Appendix.prefix + $0.name }
    for (output, tap) in zip(outputs, layout.taps) {
      appendix.addOutput(try tap.append(to: &appendix, of: classifier, std: std), as: output)
    }
    self.layout = layout
    bytes = try classifier.engineModel.forEngine(appendix.appended(to: classifier.engineModel))
  }
}
