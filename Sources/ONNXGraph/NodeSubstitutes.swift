import Foundation
import ONNXProto

extension Model {
  /// Bytes of this model, with nodes appended or without, in which nodes that OpenVINO computes wrongly are made of others
  /// that it computes right: the same numbers by ONNX's definition. Measured with OpenVINO 2026.4 against ONNX Runtime.
  ///
  /// - Throws: ``GraphError`` where the bytes are no model, or too large to be written.
  public func substitutingNodes(in bytes: Data) throws(GraphError) -> Data {
    guard hasSubstitutes else { return bytes }
    var proto = try decode(bytes, name: name)
    proto.graph.node = proto.graph.node.flatMap { $0.substitutes(opset: opset) ?? [$0] }
    return try encode(proto, name: name)
  }
}

extension Onnx_NodeProto {
  /// What stands for this node; `nil` where it stays.
  func substitutes(opset: Int) -> [Onnx_NodeProto]? {
    guard domain.isStandard, input.first?.isEmpty == false, output.first?.isEmpty == false else { return nil }
    return switch opType {
    case "Dropout": withoutEffect
    case "AveragePool": padded
    case "ReduceL1", "ReduceLogSum", "ReduceLogSumExp": (13..<18).contains(opset) ? reduced : nil
    case "Softmax": opset < 13 ? flattened : nil
    default: nil
    }
  }

  /// Dropout does nothing to an image. OpenVINO makes no node of it, so that the tensor in front loses its name and
  /// cannot be asked for.
  private var withoutEffect: [Onnx_NodeProto]? {
    guard output.dropFirst().allSatisfy(\.isEmpty) else { return nil }
    return NodeSteps(output[0]).ending("Identity", [input[0]], output[0])
  }

  /// A mean that counts padding and whose size is rounded up: OpenVINO divides those windows wrongly that stick out behind
  /// the padding. Padding that is there already is counted by any mean.
  private var padded: [Onnx_NodeProto]? {
    guard int("ceil_mode") == 1, int("count_include_pad") == 1, let pads = ints("pads"),
      pads.contains(where: { $0 > 0 }), let kernel = ints("kernel_shape"), pads.count == 2 * kernel.count,
      !Node(self).mayStartInPadding
    else { return nil }
    let (strides, dilations) = (ints("strides"), ints("dilations"))
    var steps = NodeSteps(output[0])
    let padding = steps.constant([0, 0] + pads.prefix(kernel.count) + [0, 0] + pads.suffix(kernel.count))
    let map = steps.add("Pad", [input[0], padding])
    var attributes = ["kernel_shape": Node.Attribute.ints(kernel.map(Int.init)), "ceil_mode": .int(1)]
    if let strides { attributes["strides"] = .ints(strides.map(Int.init)) }
    if let dilations { attributes["dilations"] = .ints(dilations.map(Int.init)) }
    return steps.ending("AveragePool", [map], output[0], attributes)
  }

  /// Reductions whose axes OpenVINO does not see where they are an attribute, so that it reduces all.
  private var reduced: [Onnx_NodeProto]? {
    guard let axes = ints("axes") else { return nil }
    var steps = NodeSteps(output[0])
    let listed = steps.constant(axes)
    let keep = ["keepdims": Node.Attribute.int(int("keepdims") ?? 1)]
    switch opType {
    case "ReduceL1":
      let sizes = steps.add("Abs", [input[0]])
      return steps.ending("ReduceSum", [sizes, listed], output[0], keep)
    case "ReduceLogSum":
      let sum = steps.add("ReduceSum", [input[0], listed], keep)
      return steps.ending("Log", [sum], output[0])
    default:
      let highest = steps.add(
        "ReduceMax", [input[0]], ["axes": .ints(axes.map(Int.init)), "keepdims": .int(1)])
      let shifted = steps.add("Sub", [input[0], highest])
      let powers = steps.add("Exp", [shifted])
      let sum = steps.add("ReduceSum", [powers, listed], keep)
      let logarithm = steps.add("Log", [sum])
      let shift = keep["keepdims"] == .int(0) ? steps.add("Squeeze", [highest, listed]) : highest
      return steps.ending("Add", [logarithm, shift], output[0])
    }
  }

  /// Up to operator set 12 a softmax runs over all axes from its own on; OpenVINO takes its own alone.
  private var flattened: [Onnx_NodeProto]? {
    let axis = int("axis") ?? 1
    guard axis >= 0 else { return nil }
    var steps = NodeSteps(output[0])
    let shape = steps.add("Shape", [input[0]])
    let matrix = steps.add("Flatten", [input[0]], ["axis": .int(axis)])
    let shares = steps.add("Softmax", [matrix], ["axis": .int(1)])
    return steps.ending("Reshape", [shares, shape], output[0])
  }

  private func int(_ name: String) -> Int? {
    attribute.first { $0.name == name }.map { Int($0.i) }
  }

  private func ints(_ name: String) -> [Int64]? {
    attribute.first { $0.name == name }.map(\.ints)
  }
}
