import Foundation
import ONNXProto

extension Onnx_GraphProto {
  /// Stores sparse constants as dense ones: OpenVINO reads no sparse initializers.
  ///
  /// - Returns: whether there were any.
  /// - Throws: ``GraphError`` `.invalidGraph` naming one whose indices do not fit.
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
    let listed = indices.elementBytes.withUnsafeBytes { raw in
      (0..<raw.count / 8).map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) }
    }
    let stored = Int(values.dims.first ?? 0)
    guard !overflow, count <= 1 << 31, stored > 0, bytes.count % stored == 0 else { throw damage }
    let size = bytes.count / stored
    // Indices are places, or one coordinate for each axis.
    let width = indices.dims.count > 1 ? dims.count : 1
    guard listed.count == stored * width else { throw damage }
    var content = Data(count: Int(count) * size)
    for entry in 0..<stored {
      let place = zip(listed[entry * width..<(entry + 1) * width], width == 1 ? [count] : dims).reduce(
        Int64(0)
      ) {
        $0 &* $1.1 &+ $1.0
      }
      guard (0..<count).contains(place) else { throw damage }
      let start = bytes.startIndex + entry * size
      content.replaceSubrange(Int(place) * size..<(Int(place) + 1) * size, with: bytes[start..<start + size])
    }
    var tensor = Onnx_TensorProto()
    (tensor.name, tensor.dims, tensor.dataType) = (values.name, dims, values.dataType)
    tensor.rawData = content
    return tensor
  }
}

extension Onnx_TensorProto {
  /// The elements' bytes, little-endian, however they are stored.
  fileprivate var elementBytes: Data {
    guard rawData.isEmpty else { return rawData }
    switch ElementType(rawValue: dataType) {
    case .float: return floatData.withUnsafeBytes { Data($0) }
    case .double: return doubleData.withUnsafeBytes { Data($0) }
    case .int64: return int64Data.withUnsafeBytes { Data($0) }
    case .int32: return int32Data.withUnsafeBytes { Data($0) }
    case .float16, .bfloat16, .int16, .uint16:
      return int32Data.map { UInt16(truncatingIfNeeded: $0) }.withUnsafeBytes { Data($0) }
    default: return Data(int32Data.map { UInt8(truncatingIfNeeded: $0) })
    }
  }
}
