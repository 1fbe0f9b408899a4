import Engines
import Foundation
import OddityStatistics
import ONNXGraph

extension Model {
  /// Refuses networks that contain a node whose result is not a function of one image, or which the engine is
  /// known to compute incorrectly.
  ///
  /// - Parameters:
  ///   - outputs: the required tensors. Other parts of the model do not matter.
  ///   - flow: which tensors carry the image.
  ///   - engine: the engine that will run the network.
  /// - Throws: ``OddityError`` `.badModel`, naming the first such node, with advice; ``GraphError`` if the
  ///   model is too large to be edited.
  package func refuseUnsoundNodes(before outputs: [String], flow: DataFlow, engine: Engine) throws {
    let flow = graph.quantises ? DataFlow(try graphQuantisingInFloat(), image: flow.image) : flow
    let surroundings = Unsoundness.Surroundings(flow: flow, types: flow.graph.elementTypes())
    let needed = flow.graph.ancestors(of: outputs)
    for node in flow.graph.nodes where node.outputs.contains(where: needed.contains) {
      for unsoundness in Unsoundness.all where unsoundness.concerns(engine.name, version: engine.version) {
        guard let complaint = unsoundness.complaint(of: node, in: surroundings) else { continue }
        throw OddityError(.badModel, "\(name): \(complaint)\(unsoundness.wayOut)")
      }
    }
  }
}

extension Model {
  /// Refuses NaN among the weights of the tensors. OpenVINO's ReLU turns the results of NaN into 0, so that
  /// an image about which nothing is known looks ordinary.
  ///
  /// - Throws: ``OddityError`` `.badModel`; ``GraphError`` if the message cannot be read.
  package func refuseNaN(before tensors: [String]) throws {
    guard let constant = try constantWithNaN(before: tensors) else { return }
    throw OddityError(
      .badModel,
      "\(name): '\(constant)' holds NaN, so every score would be meaningless: export the model again")
  }
}

/// A property of nodes of some operators that makes every score wrong. `docs/architectures.md` contains the
/// texts.
struct Unsoundness: Sendable {
  /// The context by which a node is judged.
  struct Surroundings {
    let flow: DataFlow
    let types: [String: ElementType]

    var graph: Graph { flow.graph }
  }

  /// The affected operators, of any domain; `nil` for all operators.
  let operators: Set<String>?
  /// The message about such a node, with … for the detail.
  let what: String
  /// What a user can do.
  let advice: String
  /// `nil` if a node is sound; empty if there is no detail.
  private let detail: @Sendable (Node, Surroundings) -> String?

  /// Who causes the mistake.
  enum Maker: Equatable {
    /// The network: no engine can run it correctly.
    case network
    case openVINO
    /// ONNX Runtime in versions before this one, such as [1, 29].
    case onnxRuntime(before: [Int])
  }
  private let maker: Maker

  init(
    of operators: Set<String>?, _ what: String, _ advice: String, by maker: Maker = .network,
    detail: @escaping @Sendable (Node, Surroundings) -> String?
  ) {
    (self.operators, self.what, self.advice, self.detail) = (operators, what, advice, detail)
    self.maker = maker
  }

  /// - Parameter version: the version of the engine.
  func concerns(_ engine: EngineChoice.Name, version: String) -> Bool {
    switch maker {
    case .network: true
    case .openVINO: engine == .openvino
    case .onnxRuntime(let fixed):
      engine == .onnxruntime
        && version.split(separator: ".").map { Int($0) ?? 0 }.lexicographicallyPrecedes(fixed)
    }
  }

  /// Additional advice, if another engine is available.
  var wayOut: String {
    guard maker == .openVINO, let other = try? Engine(EngineChoice(.onnxruntime)),
      !Unsoundness.all.contains(where: {
        $0.isLike(self) && $0.concerns(.onnxruntime, version: other.version)
      })
    else { return "" }
    return ", or pass \(.engine, EngineChoice.Name.onnxruntime.rawValue), which computes it correctly"
  }

  private func isLike(_ other: Unsoundness) -> Bool {
    guard let own = operators, let others = other.operators else { return false }
    return maker != .network && !own.isDisjoint(with: others) && what == other.what
  }

  /// The message about a node; `nil` if it is sound.
  func complaint(of node: Node, in surroundings: Surroundings) -> String? {
    guard operators?.contains(node.op) != false else { return nil }
    return detail(node, surroundings).map { found in
      "\(node.title) \(what.replacingOccurrences(of: "…", with: found)); \(advice)"
    }
  }

  /// The order in which a node is checked.
  static let all = ofTraining + ofElementTypes + ofBatches + engineMistakes
}

extension Unsoundness {
  private static let ofTraining = [
    // Mean and variance are those of the batch. Before operator set 14 no attribute tells this, but further
    // outputs do: the running mean and variance.
    Unsoundness(of: ["BatchNormalization"], training, evaluation) { node, _ in
      let isTraining =
        node.int("training_mode", default: 0) != 0 || node.outputs.count(where: { !$0.isEmpty }) > 1
      return isTraining ? "" : nil
    },
    Unsoundness(of: ["Dropout"], training, evaluation) { node, surroundings in
      guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return nil }
      return surroundings.graph.numbers(of: node.inputs[2]) == [0] ? nil : ""
    },
    Unsoundness(
      of: [
        "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial",
      ], "draws random numbers, so the same image gets different scores each time", evaluation
    ) { _, _ in "" },
  ]

  private static let training = "is in training mode"
  private static let evaluation = "export the network with model.eval()"

  /// Measured with OpenVINO 2026.4 against ONNX Runtime. Activations of 16 bits, unless computed in floating
  /// point, give logits that are off by several times their spread. Weights of 4 bits with quantised
  /// activations, and float8 weights, do so in many compilations for several streams. Weights of 16 bits are
  /// correct.
  private static let ofElementTypes = [
    Unsoundness(
      of: nil, "has values of type …, which the engine computes wrongly",
      "quantise to int8 or uint8, or take the network before quantisation", by: .openVINO
    ) { node, surroundings in
      (node.inputs + node.outputs).compactMap { surroundings.types[$0] }.first(where: \.isNarrow)?.description
    },
    Unsoundness(
      of: ["QuantizeLinear", "DequantizeLinear"],
      "has activations of type …, which the engine computes wrongly",
      "quantise activations to int8 or uint8, or take the network before quantisation", by: .openVINO
    ) { node, surroundings in
      (node.inputs + node.outputs).filter(surroundings.flow.live.contains)
        .compactMap { surroundings.types[$0] }.first { [.int16, .uint16].contains($0) }?.description
    },
  ]

  /// A scale that is computed from the values is one for all images of a batch, and a branch that depends on
  /// them is chosen for all.
  private static let ofBatches = [
    Unsoundness(
      of: scalingByBatch.union(deciding.keys),
      "… all images of a batch, so the scores of an image depend on its neighbours",
      "export the network with a batch of 1"
    ) { node, surroundings in
      guard let image = surroundings.graph.inputs.first(where: { $0.name == surroundings.flow.image }),
        image.shape?.first != .some(1)
      else { return nil }
      return node.decisionForBatch(in: surroundings.flow)
    }
  ]

  fileprivate static let scalingByBatch: Set = ["DynamicQuantizeLinear", "DynamicQuantizeMatMul"]
  /// The number of inputs that decide: the condition of If, and the count and the condition of Loop.
  fileprivate static let deciding = ["If": 1, "Loop": 2]
}

extension Node {
  /// The node in messages: its kind with its name, or with the tensor that it writes if it has no name.
  var title: String {
    name.isEmpty ? "\(op) that writes '\(outputs.first { !$0.isEmpty } ?? "")'" : "\(op) '\(name)'"
  }

  /// What the node decides for all images of a batch from their content.
  fileprivate func decisionForBatch(in flow: DataFlow) -> String? {
    if takesScaleFromBatch, inputs.contains(where: flow.live.contains) { return "takes its scale from" }
    let deciding = inputs.prefix(Unsoundness.deciding[op, default: 0])
    return deciding.contains(where: flow.live.contains) ? "decides once for" : nil
  }

  /// Whether the node quantises by the range of its input.
  package var takesScaleFromBatch: Bool { Unsoundness.scalingByBatch.contains(op) }
}

extension Model {
  /// The model with its batch fixed to one image, if it leaves the batch dynamic but decides something for
  /// all of its images. Every runtime then has to run the guarded model image by image.
  ///
  /// - Parameter flow: of this model's graph.
  func keepingImagesApart(_ flow: DataFlow) throws -> Model {
    guard flow.graph.nodes.contains(where: { $0.decisionForBatch(in: flow) != nil }),
      let shape = graph.inputs.first(where: { $0.name == flow.image })?.shape, shape.first == .some(nil)
    else { return self }
    return try takingOneImage(as: flow.image)
  }
}
