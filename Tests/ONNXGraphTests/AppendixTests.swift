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

  /// Axes moved from attributes to inputs in set 13 for sums and in set 18 for the others.
  @Test(arguments: [
    (11, true, true), (12, true, true), (13, false, true), (17, false, true), (18, false, false),
  ])
  func axesTakeTheFormOfTheOperatorSet(opset: Int64, sumHasAttribute: Bool, l2HasAttribute: Bool) throws {
    let (model, _) = try appended(opset: opset) { appendix in
      _ = appendix.reduce(.sum, "y", axes: [1])
      _ = appendix.reduce(.l2, "y", axes: [2, 3])
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
      let constant = appendix.constant([1, 2] as [Float], dims: [2])
      appendix.addOutput(appendix.add("Mul", ["y", constant], output: "scaled"), type: .float)
      appendix.setMetadata("oddity", "{}")
    }
    #expect(model.graph.outputs.map(\.name) == ["y", "scaled"])
    #expect(model.graph.nodes.map(\.op) == ["Relu", "Mul"])
    #expect(model.opset == 17)
    #expect(proto.irVersion == 8)
    #expect(model.metadata == ["oddity": "{}"])
    #expect(proto.graph.output[1].type.tensorType.shape.dim[0].dimParam == "N")
  }

  @Test func namesAreFresh() throws {
    let (model, _) = try appended(opset: 17) { appendix in
      for _ in 0..<3 { _ = appendix.add("Relu", ["y"]) }
    }
    let names = model.graph.nodes.flatMap(\.outputs)
    #expect(Set(names).count == names.count)
  }
}
