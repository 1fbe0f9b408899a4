import OddityClassifier
import ONNXGraph

/// The last map F [C, HW] of an image without its largest singular component, pooled: `mean_p (F − σuvᵀ)`, [C].
///
/// u and v come from power iterations, as in the authors' code (Song et al., *RankFeat*, NeurIPS 2022): `v =
/// Fᵀu/‖Fᵀu‖`, `u = Fv/‖Fv‖`. They start from one vector of standard normal numbers for all images. Because
/// `σu = Fv`, the pooled map is `z − Fv·mean v`, and no second map is needed.
package struct RankReduction: Hashable, Sendable {
  let iterations: Int

  /// u before the first iteration, [C].
  static func start(channels: Int) -> [Float] {
    var normals = NormalNumbers(SplitMix64(seed: 0))
    return (0..<channels).map { _ in Float(normals.next()) }
  }

  /// Appends the pooled rest of a map, [N, C].
  func append(of map: LastMap, to appendix: inout Appendix) -> Tensor {
    let (rows, columns) = map.matrices
    var left = Tensor(Self.start(channels: map.channels), dims: [map.channels, 1])
    var (right, component) = (left, left)
    for _ in 0..<iterations {
      // Appended at once, because an expression of all iterations would be too deep to walk.
      right = appendix.appended(columns.matmul(left).unit())
      component = rows.matmul(right)
      left = component.unit()
    }
    let rest = rows.mean(axis: 2, keep: true) - component * right.mean(axis: 1, keep: true)
    return rest.reshaped([-1, map.channels])
  }
}

extension LastMap {
  /// The map by channels, [N, C, positions], and by positions, [N, positions, C].
  fileprivate var matrices: (rows: Tensor, columns: Tensor) {
    switch layout {
    case .channelsFirst:
      let rows = tensor.reshaped([0, channels, -1])
      return (rows, rows.transposed([0, 2, 1]))
    case .channelsLast, .tokens:
      let columns = tensor.reshaped([0, -1, channels])
      return (columns.transposed([0, 2, 1]), columns)
    }
  }
}

extension Tensor {
  /// `x / max(‖x‖₂, 1e-12)` for vectors [N, M, 1].
  fileprivate func unit() -> Tensor { self / norm(axis: 1, keep: true).atLeast(1e-12) }
}
