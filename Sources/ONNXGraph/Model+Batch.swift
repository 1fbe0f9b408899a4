import Foundation
import ONNXProto

extension Model {
  /// The model with a batch of one image fixed: its free leading dimension is 1 wherever the file names it.
  ///
  /// - Parameter input: the image input's name; its leading dimension is free.
  /// - Throws: ``GraphError`` where the result cannot be written.
  public func takingOneImage(as input: String) throws(GraphError) -> Model {
    var proto = try decode(bytes, name: name)
    let batchName = graph.inputs.first { $0.name == input }?.batchName
    for position in proto.graph.input.indices {
      proto.graph.input[position].fixBatch(
        named: batchName, always: proto.graph.input[position].name == input)
    }
    for position in proto.graph.output.indices {
      proto.graph.output[position].fixBatch(named: batchName, always: false)
    }
    for position in proto.graph.valueInfo.indices {
      proto.graph.valueInfo[position].fixBatch(named: batchName, always: false)
    }
    return try Model(bytes: encode(proto, name: name), name: name)
  }
}

extension Onnx_ValueInfoProto {
  /// Sets the leading dimension to 1 where it has the batch's name.
  ///
  /// - Parameter always: whether it is the batch under any name.
  fileprivate mutating func fixBatch(named batchName: String?, always: Bool) {
    guard let first = type.tensorType.shape.dim.first else { return }
    guard always || (batchName != nil && first.dimParam == batchName) else { return }
    type.tensorType.shape.dim[0].dimValue = 1
  }
}
