import Foundation
import ONNXProto

extension Model {
  /// The model with its message changed.
  func edited(_ change: (inout Onnx_ModelProto) -> Void) throws(GraphError) -> Model {
    var proto = try decode(bytes, name: name)
    change(&proto)
    return try Model(bytes: encode(proto, name: name), name: name)
  }

  /// The model with other values for some keys of its metadata.
  package func settingMetadata(_ values: [String: String]) throws(GraphError) -> Model {
    try edited { proto in
      proto.metadataProps.removeAll { values[$0.key] != nil }
      proto.metadataProps += values.sorted { $0.key < $1.key }.map { key, value in
        .with { ($0.key, $0.value) = (key, value) }
      }
    }
  }

  /// The model with its batch fixed to one image: its dynamic leading dimension becomes 1 wherever the file
  /// names it.
  ///
  /// - Parameter input: the image input's name. Its leading dimension is dynamic.
  /// - Throws: ``GraphError`` if the result cannot be written.
  package func takingOneImage(as input: String) throws(GraphError) -> Model {
    let batchName = graph.inputs.first { $0.name == input }?.batchName
    func fix(_ values: inout [Onnx_ValueInfoProto], always name: String? = nil) {
      for position in values.indices {
        guard let first = values[position].type.tensorType.shape.dim.first,
          values[position].name == name || (batchName != nil && first.dimParam == batchName)
        else { continue }
        values[position].type.tensorType.shape.dim[0].dimValue = 1
      }
    }
    return try edited { proto in
      fix(&proto.graph.input, always: input)
      fix(&proto.graph.output)
      fix(&proto.graph.valueInfo)
    }
  }

  /// The model with other kernels in some pools.
  ///
  /// - Parameter kernels: the new `kernel_shape` of the nodes that write these tensors.
  /// - Throws: ``GraphError`` if the result cannot be written.
  package func settingKernels(_ kernels: [String: [Int]]) throws(GraphError) -> Model {
    try edited { proto in
      for index in proto.graph.node.indices {
        guard let output = proto.graph.node[index].output.first, let kernel = kernels[output],
          let place = proto.graph.node[index].attribute.firstIndex(where: { $0.name == "kernel_shape" })
        else { continue }
        proto.graph.node[index].attribute[place].ints = kernel.map(Int64.init)
      }
    }
  }
}
