import Foundation
import ONNXProto

/// Numbers the computations of tensors. Tensors of different models have the same number if the same
/// operators compute them from the same constants and the same starting tensors, whatever their names.
package struct Computations {
  private struct Key: Hashable {
    let node: Onnx_NodeProto?
    let constant: Onnx_TensorProto?
    let start: String?
    let inputs: [Int]
    /// The index of the node's output.
    let output: Int
  }

  private var numbers: [Key: Int] = [:]

  package init() {}

  /// - Parameters:
  ///   - tensors: tensors of the model.
  ///   - starts: tensors that are identified by their names, whatever computes them.
  /// - Returns: a number for each tensor, in their order.
  package mutating func numbers(
    of tensors: [String], in model: Model, from starts: Set<String>
  ) throws(GraphError) -> [Int] {
    let graph = try decode(model.bytes, name: model.name).graph
    let needed = Self.needed(for: tensors, in: graph, from: starts)
    var known: [String: Int] = ["": -1]
    for name in starts {
      known[name] = number(Key(node: nil, constant: nil, start: name, inputs: [], output: 0))
    }
    for value in graph.input where known[value.name] == nil {
      known[value.name] = number(Key(node: nil, constant: nil, start: value.name, inputs: [], output: 0))
    }
    for var constant in graph.initializer
    where needed.contains(constant.name) && !starts.contains(constant.name) {
      let name = constant.name
      (constant.name, constant.docString) = ("", "")
      known[name] = number(Key(node: nil, constant: constant, start: nil, inputs: [], output: 0))
    }
    for node in graph.node where node.output.contains(where: { needed.contains($0) && !starts.contains($0) })
    {
      let inputs = node.input.map { known[$0] ?? -1 }
      for (position, output) in node.output.enumerated() where !starts.contains(output) {
        known[output] = number(
          Key(node: node.nameless, constant: nil, start: nil, inputs: inputs, output: position))
      }
    }
    return tensors.map { known[$0] ?? -1 }
  }

  private mutating func number(_ key: Key) -> Int {
    if let known = numbers[key] { return known }
    numbers[key] = numbers.count
    return numbers.count - 1
  }

  private static func needed(
    for tensors: [String], in graph: Onnx_GraphProto, from starts: Set<String>
  ) -> Set<String> {
    var needed = Set(tensors)
    // The nodes are in the order in which they run.
    for node in graph.node.reversed()
    where node.output.contains(where: { needed.contains($0) && !starts.contains($0) }) {
      needed.formUnion(node.input)
    }
    return needed
  }
}

extension Onnx_NodeProto {
  /// Only the operator with its attributes.
  fileprivate var nameless: Onnx_NodeProto {
    var node = self
    (node.name, node.docString) = ("", "")
    (node.input, node.output) = ([], [])
    node.attribute.sort { $0.name < $1.name }
    for index in node.attribute.indices where node.attribute[index].hasT { node.attribute[index].t.name = "" }
    return node
  }
}
