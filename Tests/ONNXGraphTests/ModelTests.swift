import Foundation
import ONNXProto
import Testing
import TestSupport

@testable import ONNXGraph

struct ModelTests {
  @Test(arguments: ["", "not a model", "\u{8}\u{7}"])
  func bytesThatAreNoModelAreRefused(_ text: String) {
    #expect {
      try Model(bytes: Data(text.utf8), name: "junk.onnx")
    } throws: {
      ($0 as? GraphError)?.code == .notONNX && "\($0)".contains("junk.onnx")
    }
  }

  @Test func aTruncatedModelIsRefused() throws {
    let whole = try Data(contentsOf: Fixtures.url("vgg.ts.onnx"))
    #expect { try Model(bytes: whole.prefix(whole.count / 2), name: "half.onnx") } throws: {
      ($0 as? GraphError)?.code == .notONNX && "\($0)".contains("half.onnx is not an ONNX model")
    }
  }

  @Test func aMissingFileIsNamed() {
    #expect { try Model(contentsOf: URL(fileURLWithPath: "/nowhere/model.onnx")) } throws: {
      ($0 as? GraphError)?.code == .unreadable && "\($0)".contains("/nowhere/model.onnx")
    }
  }

  @Test func externalDataIsEmbeddedUpToTheLimit() throws {
    let url = Fixtures.url("external.dyn.onnx")
    let embedded = try Model(contentsOf: url)
    #expect(embedded.weightFiles.isEmpty)
    let data = try Data(contentsOf: Fixtures.url("external.dyn.onnx.data"))
    #expect(embedded.bytes.count > data.count)
    let kept = try Model(contentsOf: url, embeddingUpTo: 0)
    #expect(
      kept.weightFiles == [url.deletingLastPathComponent().appending(path: "external.dyn.onnx.data").path])
    let saved = try kept.savable(as: "copy.onnx")
    #expect(saved.companions.map(\.name) == ["copy.onnx.data"])
    let folder = url.deletingLastPathComponent().path
    #expect(saved.bytes.range(of: Data(folder.utf8)) == nil, "no absolute path is saved")
  }

  @Test(arguments: ["../secret.data", "/etc/hostname", "sub/../../secret.data"])
  func externalDataOutsideTheFolderIsRefused(_ location: String) throws {
    let folder = try TemporaryFolder()
    let (outside, inside) = (folder.url, folder.url.appending(path: "model"))
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
    try Data(count: 64).write(to: outside.appending(path: "secret.data"))
    try encode(withExternalTensor(at: location), name: "test").write(to: inside.appending(path: "model.onnx"))
    #expect { try Model(contentsOf: folder.url.appending(path: "model/model.onnx")) } throws: {
      ($0 as? GraphError)?.code == .externalData && "\($0)".contains("outside")
    }
  }

  @Test func externalDataThatIsTooShortOrMissingIsNamed() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.onnx")
    try encode(withExternalTensor(at: "weights.data"), name: "test").write(to: url)
    let isExternalDataError: (any Error) -> Bool = {
      ($0 as? GraphError)?.code == .externalData && "\($0)".contains("weights.data")
    }
    #expect { try Model(contentsOf: url) } throws: { isExternalDataError($0) }
    try Data(count: 8).write(to: folder.url.appending(path: "weights.data"))
    #expect { try Model(contentsOf: folder.url.appending(path: "model.onnx")) } throws: {
      isExternalDataError($0)
    }
  }

  @Test func anOperatorSetThatCannotBeIsRefused() throws {
    var proto = SmallModels.proto([("Relu", ["x"], "y")], outputs: ["y"])
    proto.opsetImport[0].version = 1 << 40
    #expect {
      try Model(bytes: encode(proto, name: "test"), name: "test")
    } throws: {
      ($0 as? GraphError)?.code == .unsupported
        && "\($0)".contains("operator set 1099511627776, which does not exist")
    }
  }

  /// The engine supports the standard operators only under the empty domain.
  @Test func theStandardDomainIsLeftOut() throws {
    let folder = try TemporaryFolder()
    var proto = SmallModels.proto(
      [("Relu", ["x"], "y"), ("If", ["c"], "z")], inputs: ["x", "c"], outputs: ["z"])
    proto.graph.node[0].domain = "ai.onnx"
    var branch = Onnx_AttributeProto()
    (branch.name, branch.type) = ("then_branch", .graph)
    branch.g.node = [proto.graph.node[0]]
    var other = branch
    other.name = "else_branch"
    proto.graph.node[1].attribute = [branch, other]
    let url = folder.url.appending(path: "model.onnx")
    try encode(proto, name: "test").write(to: url)
    let nodes = try decode(Model(contentsOf: url).bytes, name: "read").graph.node
    #expect((nodes + nodes.flatMap(\.attribute).flatMap(\.g.node)).map(\.domain) == ["", "", "", ""])
  }

  private func withExternalTensor(at location: String) -> Onnx_ModelProto {
    var proto = SmallModels.proto([("Add", ["x", "w"], "y")], outputs: ["y"])
    var tensor = Onnx_TensorProto()
    tensor.name = "w"
    tensor.dims = [4]
    tensor.dataType = ElementType.float.rawValue
    tensor.dataLocation = .external
    tensor.externalData = [("location", location), ("length", "16")].map { key, value in
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = (key, value)
      return entry
    }
    proto.graph.initializer = [tensor]
    return proto
  }
}

struct PruningTests {
  @Test func onlyWhatTheOutputsNeedRemains() throws {
    let model = try SmallModels.model(
      [("Relu", ["x"], "a"), ("Relu", ["mask"], "b"), ("Add", ["a", "b"], "both")], inputs: ["x", "mask"],
      outputs: ["both"])
    let pruned = try model.pruned(to: ["a"])
    #expect(pruned.graph.inputs.map(\.name) == ["x"])
    #expect(pruned.graph.nodes.map(\.op) == ["Relu"])
    #expect(pruned.graph.outputs.map(\.name) == ["a"])
    #expect(throws: GraphError.self) { try model.pruned(to: ["nothing"]) }
  }
}

struct FunctionInliningTests {
  @Test func callsBecomeTheFunctionsNodes() throws {
    let model = try Model(contentsOf: Fixtures.url("functions.ts.onnx"))
    let plain = try Model(contentsOf: Fixtures.url("residual.ts.onnx"))
    #expect(model.graph.nodes.map(\.op) == plain.graph.nodes.map(\.op))
    #expect(model.graph.nodes.map(\.outputs) == plain.graph.nodes.map(\.outputs))
  }

  @Test func innerTensorsAndAttributesAreTheCallsOwn() throws {
    var proto = SmallModels.proto([("Twice", ["x"], "a"), ("Twice", ["a"], "y")], outputs: ["y"])
    proto.graph.node[0].domain = "local"
    proto.graph.node[1].domain = "local"
    proto.graph.node[1].attribute = [intAttribute("axis", 2)]
    proto.functions = [twice()]
    try proto.inlineFunctions()
    let graph = try Graph(proto.graph)
    #expect(graph.nodes.map(\.op) == ["Relu", "Softmax", "Relu", "Softmax"])
    #expect(graph.nodes.map { $0.int("axis", default: -1) } == [-1, 7, -1, 2])
    #expect(graph.producer(of: "y") != nil)
  }

  @Test func recursionIsRefused() {
    var proto = SmallModels.proto([("Twice", ["x"], "y")], outputs: ["y"])
    proto.graph.node[0].domain = "local"
    var body = twice()
    body.node[0].opType = "Twice"
    body.node[0].domain = "local"
    proto.functions = [body]
    #expect(throws: GraphError.self) { try proto.inlineFunctions() }
  }

  /// Each of 60 functions calls the next one twice, which gives 2⁶⁰ nodes in a few kilobytes.
  @Test func functionsThatDoubleWithEveryLevelAreRefused() throws {
    var proto = SmallModels.proto([("F0", ["x"], "y")], outputs: ["y"])
    proto.graph.node[0].domain = "local"
    proto.functions = (0..<60).map { level in
      var body = twice()
      body.name = "F\(level)"
      for index in body.node.indices where level < 59 {
        body.node[index].opType = "F\(level + 1)"
        body.node[index].domain = "local"
        body.node[index].attribute = []
      }
      return body
    }
    let error = #expect(throws: GraphError.self) { try proto.inlineFunctions() }
    #expect(error?.message.contains("more than 250000 nodes") == true)
  }

  /// A function is refused if and only if one of its nodes differs in the model's operator set.
  @Test(arguments: [
    ("Softmax", 13, 17, true), ("Softmax", 12, 17, false), ("ReduceSum", 13, 18, true),
    ("ReduceMean", 17, 18, false), ("ReduceMean", 18, 21, true), ("ReduceMean", 18, 17, false),
    ("Clip", 11, 21, true), ("GroupNormalization", 18, 21, false), ("GridSample", 16, 20, false),
    ("Relu", 7, 21, true),
  ])
  func functionsOfAnotherOperatorSet(op: String, set: Int64, opset: Int64, isTaken: Bool) throws {
    for isNested in [false, true] {
      var proto = SmallModels.proto([("Twice", ["x"], "y")], outputs: ["y"], opset: opset)
      proto.graph.node[0].domain = "local"
      var body = twice()
      body.opsetImport = [.with { $0.version = set }]
      body.node[1].attribute = []
      if isNested {
        var branch = Onnx_AttributeProto()
        (branch.name, branch.type, branch.g.node) = ("then_branch", .graph, [body.node[1]])
        branch.g.node[0].opType = op
        (body.node[1].opType, body.node[1].attribute) = ("If", [branch])
      } else {
        body.node[1].opType = op
      }
      proto.functions = [body]
      if isTaken {
        try proto.inlineFunctions()
      } else {
        let error = #expect(throws: GraphError.self) { try proto.inlineFunctions() }
        #expect(error?.message.contains("set \(set), in which \(op) is not what it is") == true)
      }
    }
  }

  /// Compares with the schemas of the onnx package: removed attributes, and changed defaults.
  @Test func everyChangeOfAnOperatorIsKnown() throws {
    let known: [String: [Int]] = try PythonReference.run("operator_changes.py", [String]())
    #expect(known["Softmax"] == [13] && known.count > 20)
    for (op, sets) in known {
      #expect(Set(sets).isSubset(of: operatorChanges[op] ?? []), "\(op) changed in \(sets)")
    }
  }

  @Test func functionsOfOneNameAreToldApartByTheirOverload() throws {
    var proto = SmallModels.proto([("Twice", ["x"], "a"), ("Twice", ["a"], "y")], outputs: ["y"])
    for (position, overload) in ["first", "second"].enumerated() {
      proto.graph.node[position].domain = "local"
      proto.graph.node[position].overload = overload
      var body = twice()
      body.overload = overload
      body.node[0].opType = ["Relu", "Tanh"][position]
      proto.functions.append(body)
    }
    try proto.inlineFunctions()
    #expect(proto.graph.node.map(\.opType) == ["Relu", "Softmax", "Tanh", "Softmax"])
  }

  @Test func anOutputThatACallLeavesOutIsStillReadWithin() throws {
    var proto = SmallModels.proto([("Twice", ["x"], "y")], outputs: ["y"])
    proto.graph.node[0].domain = "local"
    proto.graph.node[0].output.append("")
    var body = twice()
    body.output = ["v", "inner"]
    body.node.indices.forEach { body.node[$0].name = "" }
    proto.functions = [body]
    try proto.inlineFunctions()
    let nodes = proto.graph.node
    #expect(!nodes[0].output[0].isEmpty)
    #expect(nodes[1].input == nodes[0].output)
    #expect(nodes.map(\.name) == ["", ""], "unnamed nodes stay so: equal names are refused")
  }

  /// Twice(u) = Softmax(Relu(u), axis: axis or 7)
  private func twice() -> Onnx_FunctionProto {
    let body = SmallModels.proto([("Relu", ["u"], "inner"), ("Softmax", ["inner"], "v")], outputs: ["v"])
    var function = Onnx_FunctionProto()
    (function.domain, function.name) = ("local", "Twice")
    (function.input, function.output) = (["u"], ["v"])
    function.attributeProto = [intAttribute("axis", 7)]
    function.node = body.graph.node
    var reference = Onnx_AttributeProto()
    (reference.name, reference.refAttrName, reference.type) = ("axis", "axis", .int)
    function.node[1].attribute = [reference]
    return function
  }

  private func intAttribute(_ name: String, _ value: Int64) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    (attribute.name, attribute.type, attribute.i) = (name, .int, value)
    return attribute
  }
}
