import OddityFiles
import OddityClassifier
import ONNXGraph

/// The pooled map of a classifier in its graph, in single precision.
struct LastMap {
  let tensor: Tensor
  let layout: MapLayout
  /// C
  let channels: Int
}

extension LastMap {
  /// - Throws: ``OddityError`` `.usage` where there is none.
  init(_ classifier: Classifier) throws(OddityError) {
    let pooled = try classifier.requirePooledMap()
    let map = pooled.map
    tensor = classifier.model.graph.singlePrecision(map.tensor)
    (layout, channels) = (map.layout, pooled.channels)
  }
}

extension LastMap {
  /// NAP: `mean_c (max F_c / (mean F_c + 1))²` with F = ReLU of the map, [N, 1].
  var activationPrior: Tensor {
    let activations = tensor.relu()
    let axes = layout.positionAxes
    return (activations.max(axes: axes) / (activations.mean(axes: axes) + 1)).squared()
      .mean(axis: 1, keep: true)
  }
}

/// Which end of a channel's values over all positions.
package enum ChannelExtreme: String, Hashable, Sendable, CaseIterable {
  case maximum, minimum
}
