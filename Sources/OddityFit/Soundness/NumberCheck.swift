import Engines
import Foundation
import OddityModel
import ONNXGraph

/// Whether a network computes finite numbers throughout.
///
/// OpenVINO's ReLU turns NaN into 0. If a root, a division or a damaged weight produces NaN inside the
/// network, its logits then look like those of any image, and other runtimes give other logits. The check
/// compiles the network once more, so it is made only if something in the network can produce values that are
/// not finite.
struct NumberCheck {
  private let setup: FitSetup
  private let watched: [Node]

  private static let floats: Set<ElementType> = [.float, .float16, .bfloat16, .double]

  /// nil if finite weights and the operators can only produce finite numbers.
  ///
  /// - Throws: ``GraphError`` if the model's message cannot be read.
  init?(_ setup: FitSetup) throws {
    let (model, logits) = (setup.classifier.engineModel, setup.classifier.head.logits)
    guard try model.mayLeaveNumbers(before: [logits]) else { return nil }
    self.setup = setup
    let needed = DataFlow(model.graph, image: setup.classifier.image.name).ancestors(of: logits)
    let types = model.graph.elementTypes()
    watched = model.graph.nodes.filter { node in
      guard Operators.hiding.contains(node.op), let read = node.inputs.first else { return false }
      return needed.contains(read) && types[read].map(Self.floats.contains) != false
    }
  }

  /// - Throws: ``OddityError`` `.badModel`, naming the first node that reads a value that is not a number.
  func check(_ inputs: SoundnessInputs) async throws {
    guard !watched.isEmpty else { return }
    let names = watched.indices.map { "\(Appendix.prefix)numbers/\($0)" }
    let model = try setup.engine.compile(
      graph(names), of: setup.classifier.engineModel, options: setup.options.run.engineOptions)
    let outputs = names.map { CheckedOutput(name: $0, title: $0, width: 1, isLogits: false) }
    let rows = try await inputs.rows([0], by: model, outputs: outputs)
    for (node, column) in zip(watched, rows.columns) where column.contains(where: \.isNaN) {
      throw OddityError(
        .badModel,
        "\(setup.classifier.model.name): '\(node.inputs[0])' of a seeded image holds NaN, which the \(node.op) that reads it may hide, "
          + "so that no score means anything: check the weights and export the model again")
    }
  }

  /// The network with the sum of each node's input as a further output, [N, 1].
  private func graph(_ names: [String]) throws -> Data {
    let classifier = setup.classifier
    var appendix = Appendix(to: classifier.engineModel, scope: "numbers/")
    let graph = classifier.engineModel.graph
    let logits = appendix.appended(classifier.logitForm.rows().abs().sum(axis: 1, keep: true))
    for (name, node) in zip(names, watched) {
      // The type may be unknown. Casting single precision to itself is harmless.
      let values = graph.singlePrecision(node.inputs[0], type: .float16)
      appendix.addOutput(logits + values.flattened().abs().sum(axis: 0, keep: true), as: name)
    }
    return try appendix.appended(to: classifier.engineModel)
  }
}
