import Testing
import TestSupport

@testable import ONNXGraph

struct DataFlowTests {
  @Test func shapesAndTypesAreNoData() throws {
    let model = try SmallModels.model(
      [
        ("Shape", ["x"], "s"), ("CastLike", ["c", "x"], "zero"), ("Expand", ["zero", "s"], "bias"),
        ("Conv", ["x", "w", "bias"], "y"),
      ], outputs: ["y"])
    let flow = DataFlow(model.graph, image: "x")
    #expect(flow.live == ["x", "y"])
  }

  @Test func aResidualBlockIsOneLink() throws {
    let model = try SmallModels.model(
      [
        ("Conv", ["x", "w"], "stem"), ("Conv", ["stem", "w"], "a"), ("Relu", ["a"], "b"),
        ("Add", ["b", "stem"], "sum"),
        ("Relu", ["sum"], "y"),
      ], outputs: ["y"])
    let links = DataFlow(model.graph, image: "x").links(to: "y")
    #expect(links.map(\.to) == ["stem", "sum", "y"])
    #expect(links.map(\.isMerge) == [false, true, false])
    #expect(links[1].last.op == "Add")
  }

  @Test func branchesThatLeadNowhereDoNotCount() throws {
    let model = try SmallModels.model(
      [("Conv", ["x", "w"], "a"), ("Conv", ["x", "w"], "side"), ("Relu", ["a"], "y")], outputs: ["y", "side"])
    #expect(DataFlow(model.graph, image: "x").links(to: "y").map(\.to) == ["a", "y"])
  }

  /// Checks the definition itself by brute force: without a cut tensor, the stop cannot be reached from the
  /// image.
  @Test(arguments: [
    "residual.ts.onnx", "residual.dyn.onnx", "preact.dyn.onnx", "mbconv.ts.onnx", "mbconv.dyn.onnx",
    "dense.ts.onnx", "vgg.dyn.onnx",
  ])
  func cutTensorsAreThoseThatEveryPathNeeds(_ name: String) throws {
    let graph = try Model(contentsOf: Fixtures.url(name)).graph
    let flow = DataFlow(graph, image: graph.inputs[0].name)
    let stop = try #require(graph.outputs.first?.name)
    let needed = flow.live.filter { reaches(stop, from: $0, in: graph) }
    let cuts = Set(needed.filter { !reaches(stop, from: flow.image, avoiding: $0, in: graph) })
    #expect(Set(flow.links(to: stop).map(\.to)) == cuts.subtracting([flow.image]).union([stop]))
  }

  /// The analysis must take neither quadratic time, which would be hours, nor the stack, which is small in a
  /// test. Other tests run at the same time, so the limit is long.
  @Test(.timeLimit(.minutes(10))) func aLongChainIsReadInOnePass() throws {
    let length = 60_000
    for op in ["Identity", "Reshape"] {
      let names = ["x"] + (1...length).map { "t\($0)" }
      let model = try SmallModels.model(
        zip(names, names.dropFirst()).map { (op, op == "Reshape" ? [$0, "shape"] : [$0], $1) },
        outputs: ["t\(length)"])
      let flow = DataFlow(model.graph, image: "x")
      #expect(flow.source(of: "t\(length)") == (op == "Identity" ? "x" : "t\(length)"))
      #expect(flow.withoutPassThrough().graph.nodes.count == (op == "Identity" ? 0 : length))
      #expect(model.graph.elementTypes()["t\(length)"] == .float)
    }
  }

  private func reaches(
    _ stop: String, from start: String, avoiding gap: String? = nil, in graph: Graph
  ) -> Bool {
    var reached: Set = [start]
    if start == gap { return false }
    for node in graph.nodes where !Operators.shapeOf.contains(node.op) {
      if node.dataInputs.contains(where: reached.contains) {
        reached.formUnion(node.outputs.filter { $0 != gap })
      }
    }
    return reached.contains(stop)
  }
}
