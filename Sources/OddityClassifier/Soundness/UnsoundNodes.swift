import Engines
import Foundation
import OddityStatistics
import ONNXGraph

extension Model {
  /// Refuses networks that contain a node whose results are no function of one image, or which the engine is known to
  /// compute wrongly.
  ///
  /// - Parameters:
  ///   - outputs: the tensors that are wanted; other parts of the model do not matter.
  ///   - flow: which tensors carry the image.
  ///   - engine: that is to compute them.
  /// - Throws: ``OddityError`` `.badModel` that names the first such node, and says what to do; ``GraphError`` where the
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
  /// Refuses weights of the tensors that are NaN: a ReLU of OpenVINO's makes 0 of what they touch, and an image of which nothing is known then
  /// looks ordinary.
  ///
  /// - Throws: ``OddityError`` `.badModel`; ``GraphError`` where the message cannot be read.
  package func refuseNaN(before tensors: [String]) throws {
    guard let constant = try constantWithNaN(before: tensors) else { return }
    throw OddityError(
      .badModel, "\(name): '\(constant)' holds NaN, so that no score means anything: export the model again")
  }
}

/// Something about nodes of some operators because of which no score is right. The texts stand in `docs/architectures.md`.
struct Unsoundness: Sendable {
  /// What a node is judged by beside itself.
  struct Surroundings {
    let flow: DataFlow
    let types: [String: ElementType]

    var graph: Graph { flow.graph }
  }

  /// The operators of which it is known, of any domain; `nil` where it is of all.
  let operators: Set<String>?
  /// What is said of such a node, with … for the detail.
  let what: String
  /// What a user can do.
  let advice: String
  /// `nil` where a node is sound; empty where there is no more to say.
  private let detail: @Sendable (Node, Surroundings) -> String?

  /// Whose mistake it is.
  enum Maker: Equatable {
    /// Nobody's: no engine can make it right.
    case network
    case openVINO
    /// Of versions before this one, such as [1, 29].
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

  /// - Parameter version: the engine's.
  func concerns(_ engine: EngineChoice.Name, version: String) -> Bool {
    switch maker {
    case .network: true
    case .openVINO: engine == .openvino
    case .onnxRuntime(let fixed):
      engine == .onnxruntime
        && version.split(separator: ".").map { Int($0) ?? 0 }.lexicographicallyPrecedes(fixed)
    }
  }

  /// What else a user can do where another engine is at hand.
  var wayOut: String {
    guard maker == .openVINO, let other = try? Engine(EngineChoice(.onnxruntime)),
      !Unsoundness.all.contains(where: {
        $0.isLike(self) && $0.concerns(.onnxruntime, version: other.version)
      })
    else { return "" }
    return ", or pass \(.engine, EngineChoice.Name.onnxruntime.rawValue), which computes it right"
  }

  private func isLike(_ other: Unsoundness) -> Bool {
    guard let own = operators, let others = other.operators else { return false }
    return maker != .network && !own.isDisjoint(with: others) && what == other.what
  }

  /// What is said of a node; `nil` where it is sound.
  func complaint(of node: Node, in surroundings: Surroundings) -> String? {
    guard operators?.contains(node.op) != false else { return nil }
    return detail(node, surroundings).map { found in
      "\(node.title) \(what.replacingOccurrences(of: "…", with: found)); \(advice)"
    }
  }

  /// In the order in which a node is judged.
  static let all = ofTraining + ofElementTypes + ofBatches + engineMistakes
}

extension Unsoundness {
  private static let ofTraining = [
    // Mean and variance are those of the batch. Before operator set 14 no attribute says so, but further outputs do: the
    // running mean and variance.
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
      ], "draws random numbers, so that one image gets other scores each time", evaluation
    ) { _, _ in "" },
  ]

  private static let training = "is in training mode"
  private static let evaluation = "export the network with model.eval()"

  /// Measured with OpenVINO 2026.4 against ONNX Runtime: activations of 16 bits, where they are not computed in floating point,
  /// lead to logits that are off by several times their spread; weights of 4 bits beside quantised activations, and float8
  /// weights, do so in a good share of the times that a network is compiled for several streams. Weights of 16 bits are right.
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

  /// A scale that is taken from the values themselves is one for all images of a batch, and a branch that is chosen by them
  /// is taken by all.
  private static let ofBatches = [
    Unsoundness(
      of: scalingByBatch.union(deciding.keys),
      "… all images of a batch, so that an image's scores depend on its neighbours",
      "export the network with a batch of 1"
    ) { node, surroundings in
      guard let image = surroundings.graph.inputs.first(where: { $0.name == surroundings.flow.image }),
        image.shape?.first != .some(1)
      else { return nil }
      return node.decisionForBatch(in: surroundings.flow)
    }
  ]

  fileprivate static let scalingByBatch: Set = ["DynamicQuantizeLinear", "DynamicQuantizeMatMul"]
  /// How many inputs decide: the condition of If, and the count and the condition of Loop.
  fileprivate static let deciding = ["If": 1, "Loop": 2]
}

extension Node {
  /// What messages call the node: its kind with its name, or with the tensor that it writes where it has no name.
  var title: String {
    name.isEmpty ? "\(op) that writes '\(outputs.first { !$0.isEmpty } ?? "")'" : "\(op) '\(name)'"
  }

  /// What the node decides for all images of a batch by what they show.
  fileprivate func decisionForBatch(in flow: DataFlow) -> String? {
    if takesScaleFromBatch, inputs.contains(where: flow.live.contains) { return "takes its scale from" }
    let deciding = inputs.prefix(Unsoundness.deciding[op, default: 0])
    return deciding.contains(where: flow.live.contains) ? "decides once for" : nil
  }

  /// Whether the node quantises by the range of what it is given.
  package var takesScaleFromBatch: Bool { Unsoundness.scalingByBatch.contains(op) }
}

extension Model {
  /// The model, with a batch of one image fixed where it leaves the batch free but decides something for all of its images.
  /// Then every runtime has to run the guarded model image by image.
  ///
  /// - Parameter flow: of this model's graph.
  func keepingImagesApart(_ flow: DataFlow) throws -> Model {
    guard flow.graph.nodes.contains(where: { $0.decisionForBatch(in: flow) != nil }),
      let shape = graph.inputs.first(where: { $0.name == flow.image })?.shape, shape.first == .some(nil)
    else { return self }
    return try takingOneImage(as: flow.image)
  }
}
