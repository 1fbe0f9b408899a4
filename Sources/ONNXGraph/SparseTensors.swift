import Foundation
import ONNXProto

extension Onnx_GraphProto {
  /// Converts sparse constants to dense ones, because OpenVINO cannot read sparse initializers.
  ///
  /// - Returns: whether there were any.
  /// - Throws: ``GraphError`` `.invalidGraph`, naming one whose indices do not fit.
  mutating func storeDensely() throws(GraphError) -> Bool {
    let count = sparseInitializer.count
    for sparse in sparseInitializer { initializer.append(try sparse.dense()) }
    sparseInitializer = []
    return count > 0
  }
}

extension Onnx_SparseTensorProto {
  fileprivate func dense() throws(GraphError) -> Onnx_TensorProto {
    let damage = GraphError(
      .invalidGraph,
      "the sparse initializer '\(values.name)' does not fit its indices: export the model again")
    let (count, overflow) = dims.reduce((Int64(1), false)) { product, size in
      let (count, overflow) = product.0.multipliedReportingOverflow(by: size)
      return (count, overflow || product.1 || size < 0)
    }
    let bytes = values.elementBytes
    let listed = indices.elements(Int64.self)
    let stored = Int(values.dims.first ?? 0)
    guard !overflow, count <= 1 << 31, stored > 0, bytes.count % stored == 0 else { throw damage }
    let size = bytes.count / stored
    // Indices are positions, or one coordinate for each axis.
    let axes = indices.dims.count > 1 ? dims : [count]
    let width = axes.count
    guard listed.count == stored * width else { throw damage }
    var content = Data(count: Int(count) * size)
    for entry in 0..<stored {
      let coordinates = zip(axes, listed[entry * width..<(entry + 1) * width])
      let place = coordinates.reduce(Int64(0)) { $0 &* $1.0 &+ $1.1 }
      guard (0..<count).contains(place) else { throw damage }
      let start = bytes.startIndex + entry * size
      content.replaceSubrange(Int(place) * size..<(Int(place) + 1) * size, with: bytes[start..<start + size])
    }
    return .with {
      ($0.name, $0.dims, $0.dataType, $0.rawData) = (values.name, dims, values.dataType, content)
    }
  }
}
