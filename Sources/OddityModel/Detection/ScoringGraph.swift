import Engines
import Foundation
import OddityScores
import ONNXGraph

/// A guarded model as the engine runs it: with the logits among its outputs, and without inputs that no score
/// depends on.
struct ScoringGraph {
  let bytes: Data
  /// The outputs of the blocks' FeatureNorms, in the order of the metadata's table; empty if they were not
  /// requested.
  let norms: [String]

  /// - Parameters:
  ///   - engine: the engine that will run it.
  ///   - measuresNorms: whether to append FeatureNorm of every block as a further output.
  ///   - makesMaps: whether to compute the map, which the model must have.
  /// - Throws: ``OddityError`` `.badModel` if the metadata names a block that the model does not have, and if
  ///   an earlier version fitted a network that cannot be trusted.
  init(_ guarded: GuardedModel, engine: Engine, measuresNorms: Bool, makesMaps: Bool = false) throws {
    let model = guarded.model
    let metadata = guarded.metadata
    let scored = guarded.scoreOutputs + [metadata.logits]
    try model.refuseNaN(before: scored)
    try model.refuseUnsoundNodes(
      before: scored,
      flow: DataFlow(model.graph, image: metadata.input), engine: engine)
    var appendix = Appendix(to: model, scope: "measured/")
    let blocks = measuresNorms ? try metadata.blocks.map { try Block($0, in: model) } : []
    let norms = blocks.map { appendix.append($0.featureNorm(in: model.graph)) }
    for norm in norms { appendix.addOutput(norm) }
    if !model.graph.outputs.contains(where: { $0.name == metadata.logits }) {
      appendix.addOutput(metadata.logits)
    }
    let outputs =
      guarded.scoreOutputs + norms + GuardedModel.Output.decisions + [metadata.logits]
      + (makesMaps ? [GuardedModel.Output.map] : [])
    let extended = try appendix.appended(to: model)
    let isRunnable = model.graph.inputs.count == 1 && model.graph.isCommon(behind: outputs)
    bytes =
      isRunnable ? extended : try Model(bytes: extended, name: model.name).pruned(to: outputs).bytes
    self.norms = norms
  }
}

extension Graph {
  /// Whether the nodes that only unwanted outputs need are harmless on every engine: a softmax, or a change
  /// of shape.
  fileprivate func isCommon(behind outputs: [String]) -> Bool {
    let needed = ancestors(of: outputs)
    return nodes.allSatisfy { node in
      node.outputs.contains(where: needed.contains)
        || Operators.outputActivation.union(Operators.layout).union(Operators.passThrough).contains(node.op)
          && !node.squeezesAllAxes
    }
  }
}

extension Block {
  /// The block that a report describes.
  fileprivate init(_ report: BlockReport, in model: Model) throws(OddityError) {
    guard model.graph.contains(report.tensor) else {
      throw OddityError(
        .badModel, "\(model.name) has no tensor '\(report.tensor)', which its metadata names: fit it again")
    }
    self.init(
      index: report.index, tensor: report.tensor, layout: report.layout, channels: report.channels,
      positions: report.positions, flopsShare: report.flopsShare)
  }
}
