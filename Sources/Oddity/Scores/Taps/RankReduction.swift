import ONNXGraph

/// The last map F [C, HW] of an image without its largest singular component, pooled: `mean_p (F − σuvᵀ)`, [C].
///
/// u and v come from power iterations, as in the authors' code (Song et al., *RankFeat*, NeurIPS 2022): `v = Fᵀu/‖Fᵀu‖`,
/// `u = Fv/‖Fv‖`, from one vector of standard normal numbers for all images. Since `σu = Fv`, the pooled map is
/// `z − Fv·mean v`, and no second map is made.
struct RankReduction: Hashable, Sendable {
  let iterations: Int

  /// u before the first iteration, [C].
  static func start(channels: Int) -> [Float] {
    var normals = NormalNumbers(SplitMix64(seed: 0))
    return (0..<channels).map { _ in Float(normals.next()) }
  }

  /// Appends the pooled rest of a map, [N, C].
  func append(of map: LastMap, to appendix: inout Appendix) -> String {
    let (rows, columns) = map.matrices(in: &appendix)
    var left = appendix.constant(Self.start(channels: map.channels), dims: [map.channels, 1])
    var (right, component) = ("", "")
    for _ in 0..<iterations {
      right = appendix.unit(appendix.add("MatMul", [columns, left]))
      component = appendix.add("MatMul", [rows, right])
      left = appendix.unit(component)
    }
    let means = appendix.reduce(.mean, rows, axes: [2], keep: true)
    let share = appendix.reduce(.mean, right, axes: [1], keep: true)
    let rest = appendix.add("Sub", [means, appendix.add("Mul", [component, share])])
    return appendix.reshape(rest, to: [-1, map.channels])
  }
}

extension LastMap {
  /// The map by channels, [N, C, positions], and by positions, [N, positions, C].
  fileprivate func matrices(in appendix: inout Appendix) -> (rows: String, columns: String) {
    let turned = ["perm": Node.Attribute.ints([0, 2, 1])]
    switch layout {
    case .channelsFirst:
      let rows = appendix.reshape(tensor, to: [0, channels, -1])
      return (rows, appendix.add("Transpose", [rows], turned))
    case .channelsLast, .tokens:
      let columns = appendix.reshape(tensor, to: [0, -1, channels])
      return (appendix.add("Transpose", [columns], turned), columns)
    }
  }
}

extension Appendix {
  /// `x / max(‖x‖₂, 1e-12)` for vectors [N, M, 1].
  fileprivate mutating func unit(_ vectors: String) -> String {
    let norm = reduce(.l2, vectors, axes: [1], keep: true)
    return add("Div", [vectors, add("Max", [norm, constant([Float(1e-12)], dims: [1, 1, 1])])])
  }
}
