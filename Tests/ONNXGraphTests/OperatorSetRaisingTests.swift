import Foundation
import ONNXProto
import TestSupport
import Testing

@testable import ONNXGraph

@Suite struct OperatorSetRaisingTests {
  /// Every operator that changed between sets 7 and 11, alone in a model, compared with ONNX Runtime on the
  /// old set.
  @Test func raisedModelsGiveTheSameBits() throws {
    let folder = try TemporaryFolder()
    let made = try PythonReference.run("old_sets.py", arguments: ["make", folder.url.path])
    let names = try JSONDecoder().decode([String].self, from: made)
    for name in names {
      let model = try Model(contentsOf: folder.url.appending(path: "\(name).onnx"))
      #expect(model.opset == Model.oldestOpset)
      try model.bytes.write(to: folder.url.appending(path: "\(name).raised.onnx"))
    }
    let compared = try PythonReference.run("old_sets.py", arguments: ["compare", folder.url.path])
    let equal = try JSONDecoder().decode([String: Bool].self, from: compared)
    #expect(equal.keys.sorted() == names.sorted())
    #expect(equal.filter { !$0.value }.keys.sorted() == [])
  }

  @Test(arguments: [Int64(7), 11]) func constantsAreNoInputsAnyMore(opset: Int64) throws {
    var proto = SmallModels.proto([("Add", ["x", "w"], "y")], outputs: ["y"], opset: opset)
    proto.irVersion = 3
    proto.graph.input.append(Onnx_ValueInfoProto("w", type: .float, shape: [1]))
    let raised = try decode(Model(bytes: encode(proto, name: "old"), name: "old").bytes, name: "raised")
    #expect(raised.graph.input.map(\.name) == ["x"])
    #expect(raised.irVersion == 4)
  }

  /// ONNX Runtime and checkers of the format do the same.
  @Test func ofTwoSetsTheLastIsTaken() throws {
    var proto = SmallModels.proto([("Clip", ["x"], "y")], outputs: ["y"], opset: 11)
    proto.graph.node[0].attribute = [Onnx_AttributeProto("max", .float(6))]
    proto.opsetImport.append(.with { $0.version = 9 })
    let clip = try Model(bytes: encode(proto, name: "old"), name: "old").graph.nodes[0]
    #expect(clip.inputs.count == 3 && clip.attributes.isEmpty)
    proto.opsetImport.append(.with { ($0.domain, $0.version) = ("ai.onnx", 13) })
    #expect { try Model(bytes: encode(proto, name: "new"), name: "new") } throws: {
      "\($0)".contains("names several operator sets (11, 9, 13)")
    }
  }

  @Test func aMaskThatIsReadIsRefused() {
    var proto = SmallModels.proto(
      [("Dropout", ["x"], "y"), ("Neg", ["mask"], "z")], outputs: ["y"], opset: 9)
    proto.graph.initializer = []
    proto.graph.node[0].output.append("mask")
    proto.graph.node[0].name = ""
    #expect { try Model(bytes: encode(proto, name: "old"), name: "old") } throws: {
      "\($0)".contains("old: node that writes 'y' (Dropout) of operator set 9 returns its mask")
    }
  }

  @Test func operatorSetsBelowSevenAreRefused() {
    #expect { try SmallModels.model([("Relu", ["x"], "y")], outputs: ["y"], opset: 6) } throws: {
      ($0 as? GraphError)?.code == .unsupported && "\($0)".contains("operator set 6; 7 is the oldest")
    }
  }

  @Test(arguments: [
    (
      op: "BatchNormalization", opset: Int64(8),
      attribute: Onnx_AttributeProto("spatial", .int(0)), message: "normalises each pixel by itself"
    ),
    (
      op: "Scan", opset: 8, attribute: Onnx_AttributeProto("num_scan_inputs", .int(1)),
      message: "runs over a batch"
    ),
    (
      op: "Crop", opset: 7, attribute: Onnx_AttributeProto("border", .ints([1, 1, 1, 1])),
      message: "is an experimental operator"
    ),
  ])
  func whatHasNoEqualIsNamed(op: String, opset: Int64, attribute: Onnx_AttributeProto, message: String) {
    var proto = SmallModels.proto(
      [(op, ["x", "scales"], "y")], inputs: ["x", "scales"], outputs: ["y"], opset: opset)
    proto.graph.node[0].attribute = [attribute]
    #expect { try Model(bytes: encode(proto, name: "old"), name: "old") } throws: {
      "\($0)".contains("old: node 'y' (\(op)) of operator set \(opset)") && "\($0)".contains(message)
    }
  }
}
