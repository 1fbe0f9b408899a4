import ONNXProto
import Testing

@testable import ONNXGraph

struct AppendixTests {
  private func appended(opset: Int64, _ edit: (inout Appendix) -> Void) throws -> (Model, Onnx_ModelProto) {
    let model = try SmallModels.model([("Relu", ["x"], "y")], outputs: ["y"], opset: opset)
    var appendix = Appendix(to: model)
    edit(&appendix)
    let bytes = try appendix.appended(to: model)
    return (try Model(bytes: bytes, name: "edited"), try Onnx_ModelProto(serializedBytes: bytes))
  }

  /// Axes moved from attributes to inputs in operator set 13 for sums, and in set 18 for the others.
  @Test(arguments: [
    (11, true, true), (12, true, true), (13, false, true), (17, false, true), (18, false, false),
  ])
  func axesTakeTheFormOfTheOperatorSet(opset: Int64, sumHasAttribute: Bool, l2HasAttribute: Bool) throws {
    let (model, _) = try appended(opset: opset) { appendix in
      _ = appendix.append(Tensor(named: "y").sum(axis: 1))
      _ = appendix.append(Tensor(named: "y").norm(axes: [2, 3]))
    }
    let sum = try #require(model.graph.nodes.first { $0.op == "ReduceSum" })
    let l2 = try #require(model.graph.nodes.first { $0.op == "ReduceL2" })
    #expect((sum.ints("axes") == [1]) == sumHasAttribute)
    #expect((sum.inputs.count == 1) == sumHasAttribute)
    #expect((l2.ints("axes") == [2, 3]) == l2HasAttribute)
    #expect((l2.inputs.count == 1) == l2HasAttribute)
    #expect(l2.int("keepdims", default: 1) == 0)
  }

  @Test func theModelStaysAsItWas() throws {
    let (model, proto) = try appended(opset: 17) { appendix in
      appendix.addOutput(Tensor(named: "y") * Tensor([1, 2] as [Float]), as: "scaled", type: .float)
      appendix.setMetadata("oddity", "{}")
    }
    #expect(model.graph.outputs.map(\.name) == ["y", "scaled"])
    #expect(model.graph.nodes.map(\.op) == ["Relu", "Mul", "Identity"])
    #expect(model.opset == 17)
    #expect(proto.irVersion == 8)
    #expect(model.metadata == ["oddity": "{}"])
    #expect(proto.graph.output[1].type.tensorType.shape.dim[0].dimParam == "N")
  }

  @Test func namesAreFresh() throws {
    let (model, _) = try appended(opset: 17) { appendix in
      for scale in 1...3 { _ = appendix.append(Tensor(named: "y") * Double(scale)) }
    }
    let names = model.graph.nodes.flatMap(\.outputs)
    #expect(names.count == 4 && Set(names).count == 4)
  }

  /// Equal formulas become one node, wherever they are written, and unused formulas become no node.
  @Test func equalExpressionsAreOneNode() throws {
    let (model, _) = try appended(opset: 17) { appendix in
      func margins() -> Tensor {
        let y = Tensor(named: "y", rank: 2)
        return y - y.max(axis: 1, keep: true)
      }
      _ = Tensor(named: "y").exp()
      let names = [margins(), margins(), margins() * 2].map { appendix.append($0) }
      #expect(names[0] == names[1] && names[1] != names[2])
      let top = (margins().largest(2, axis: 1), margins().largest(2, axis: 1))
      #expect(appendix.append(top.0.values) == appendix.append(top.1.values))
      #expect(appendix.append(top.0.values) != appendix.append(top.1.indices))
    }
    #expect(model.graph.nodes.map(\.op) == ["Relu", "ReduceMax", "Sub", "Mul", "TopK"])
  }

  /// A number becomes a constant of the other operand's type and rank.
  @Test func numbersTakeTheOtherOperandsForm() throws {
    let (_, proto) = try appended(opset: 17) { appendix in
      _ = appendix.append(Tensor(named: "y", rank: 3) + 1)
      _ = appendix.append(3 * Tensor(named: "y", rank: 2).argMax(axis: 1))
    }
    let constants = proto.graph.initializer.filter { $0.name.hasPrefix(Appendix.prefix) }
    #expect(constants.map(\.dims) == [[1, 1, 1], [1]])
    #expect(constants.map(\.dataType) == [ElementType.float.rawValue, ElementType.int64.rawValue])
  }
}
