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
