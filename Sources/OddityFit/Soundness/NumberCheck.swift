import Engines
import Foundation
import OddityModel
import ONNXGraph

/// Whether a network computes with numbers throughout.
///
/// A ReLU of OpenVINO's makes 0 of NaN. Where a root, a division or a damaged weight leaves NaN inside the network, its logits then look
/// like those of any image, and other runtimes give other ones. The check compiles the network once more, so it is made only where
/// something in the network can leave the numbers.
struct NumberCheck {
  private let setup: FitSetup
  private let watched: [Node]

  private static let floats: Set<ElementType> = [.float, .float16, .bfloat16, .double]

  /// Nil where finite weights and operators can make nothing but numbers.
  ///
  /// - Throws: ``GraphError`` where the model's message cannot be read.
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

  /// - Throws: ``OddityError`` `.badModel` that names the first node to which a value comes that is no number.
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

  /// The network with the sum of what each node reads as a further output, [N, 1].
  private func graph(_ names: [String]) throws -> Data {
    let classifier = setup.classifier
    var appendix = Appendix(to: classifier.engineModel, scope: "numbers/")
    let graph = classifier.engineModel.graph
    let logits = appendix.appended(classifier.logitForm.rows().abs().sum(axis: 1, keep: true))
    for (name, node) in zip(names, watched) {
      // The type may not be known; to cast single precision to itself does no harm.
      let values = graph.singlePrecision(node.inputs[0], type: .float16)
      appendix.addOutput(logits + values.flattened().abs().sum(axis: 0, keep: true), as: name)
    }
    return try appendix.appended(to: classifier.engineModel)
  }
}
