import ONNXGraph

/// A classifier's last layer, `l = Wz + b`.
package struct LinearHead: Sendable {
  /// C
  let classes: Int
  /// D
  let features: Int
  /// W row after row, [C, D].
  let weights: [Float]
  /// b, [C].
  let bias: [Float]

  init(classes: Int, features: Int, weights: [Float], bias: [Float]) {
    precondition(weights.count == classes * features && bias.count == classes, "W is [C, D], b is [C]")
    (self.classes, self.features, self.weights, self.bias) = (classes, features, weights, bias)
  }

  /// w_c, [D].
  func row(_ index: Int) -> ArraySlice<Float> { weights[index * features..<(index + 1) * features] }

  /// Wᵀ row after row, [D, C].
  private var transposedWeights: [Float] {
    (0..<features).flatMap { feature in (0..<classes).map { weights[$0 * features + feature] } }
  }

  /// `Wz + b` for rows z [N, D]: [N, C].
  func logits(of z: Tensor) -> Tensor {
    z.matmul(Tensor(transposedWeights, dims: [features, classes])) + Tensor(bias, dims: [1, classes])
  }

  /// `Wz + b` in double precision.
  func logits(of z: some Collection<Float>) -> [Float] {
    let z = Array(z)
    return (0..<classes).map { index in
      let start = index * features
      var sum = Double(bias[index])
      for d in 0..<features { sum += Double(weights[start + d]) * Double(z[d]) }
      return Float(sum)
    }
  }
}
