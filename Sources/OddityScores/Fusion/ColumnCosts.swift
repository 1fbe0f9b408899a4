import Foundation
import OddityClassifier
import ONNXGraph
import OpenVINORuntime

/// What columns cost beside the classifier, counted in their graph and never timed, so that the same columns cost the same anywhere.
///
/// A matrix product counts as its multiply-accumulates, any other node as the numbers that it reads or writes, whichever are more;
/// constants as their bytes. What several columns share counts once.
package struct ColumnCosts: Sendable {
  /// By column, the parts of the graph that it needs.
  private let needs: [Set<Int>]
  /// By part.
  private let arithmetic: [Double]
  private let bytes: [Double]
  private let classifierArithmetic: Double?
  private let classifierBytes: Double

  /// - Parameters:
  ///   - columns: the fitted scores, and what they tap of the classifier's maps.
  ///   - layout: what measured rows hold, of which the scores are computed to be counted.
  /// - Throws: the engine's errors.
  package init(
    _ columns: [(score: FittedScore, blocks: [Block])], layout: TapLayout, classifier: Classifier,
    form: LogitForm,
    engine: Engine
  ) throws {
    let outputs = columns.indices.map { "column_\($0)" }
    let rows = try Model.rows(of: layout.width, from: "measured", to: "rows", like: classifier.model)
    let inputs = ScoreInputs(
      layout.tensors(of: Tensor(named: "rows", rank: 2)), classes: classifier.classes, form: form)
    var appendix = Appendix(to: rows)
    for (output, column) in zip(outputs, columns) {
      appendix.addOutput(column.score.score(inputs), as: output)
    }
    let model = try Model(bytes: appendix.appended(to: rows), name: "the columns")
    let graph = model.graph
    let shapes = try TensorShapes(
      of: graph.nodes.flatMap(\.outputs), in: model, image: graph.inputs[0], engine: engine)
    let counter = NodeCosts(graph: graph, shapes: shapes)
    var (arithmetic, bytes): ([Double], [Double]) = ([], [])
    var places: [String: Int] = [:]
    func add(_ name: String, arithmetic work: Double, bytes size: Double) {
      guard places[name] == nil else { return }
      places[name] = arithmetic.count
      arithmetic.append(work)
      bytes.append(size)
    }
    for node in graph.nodes { add(node.outputs[0], arithmetic: counter.arithmetic(of: node), bytes: 0) }
    for (name, constant) in graph.initializers { add(name, arithmetic: 0, bytes: constant.bytes) }
    for block in Set(columns.flatMap(\.blocks)) {
      add("map:\(block.tensor)", arithmetic: block.normArithmetic, bytes: 0)
    }
    needs = zip(outputs, columns).map { output, column in
      let tensors = graph.ancestors(of: [output]).compactMap { places[$0] }
      return Set(tensors + column.blocks.compactMap { places["map:\($0.tensor)"] })
    }
    (self.arithmetic, self.bytes) = (arithmetic, bytes)
    classifierArithmetic = classifier.multiplyAccumulates
    classifierBytes = classifier.weightBytes
  }

  /// Of columns that share nothing.
  ///
  /// - Parameter shares: of the classifier's arithmetic and of its bytes, by column.
  package init(shares: [Double]) {
    needs = shares.indices.map { [$0] }
    (arithmetic, bytes) = (shares, shares)
    (classifierArithmetic, classifierBytes) = (1, 1)
  }

  /// The larger of both shares: of the classifier's arithmetic and of its bytes.
  func share(of columns: [Int]) -> Double {
    let cost = report(of: columns)
    return max(cost.arithmetic ?? 0, cost.bytes)
  }

  func report(of columns: [Int]) -> FusionReport.Cost {
    let parts = columns.reduce(into: Set<Int>()) { $0.formUnion(needs[$1]) }
    // Sums in one order, so that they are the same to the last bit.
    let sorted = parts.sorted()
    return FusionReport.Cost(
      arithmetic: classifierArithmetic.map { total in sorted.reduce(0) { $0 + arithmetic[$1] } / total },
      bytes: sorted.reduce(0) { $0 + bytes[$1] } / max(classifierBytes, 1))
  }
}

/// Counts what a node computes for one image.
private struct NodeCosts {
  let graph: Graph
  let shapes: TensorShapes

  private static let free: Set<String> = [
    "Identity", "Slice", "Reshape", "Squeeze", "Unsqueeze", "Shape", "Constant",
  ]
  private static let lookups: Set<String> = ["Gather", "GatherElements", "GatherND"]

  func arithmetic(of node: Node) -> Double {
    guard !Self.free.contains(node.op) else { return 0 }
    let written = node.outputs.map(elements).max() ?? 0
    if Self.lookups.contains(node.op) { return written }
    if Operators.matrixProduct.contains(node.op), let inner = shapes[node.inputs[0]]?.last ?? nil {
      return written * Double(inner)
    }
    return max(written, node.inputs.map(elements).max() ?? 0)
  }

  private func elements(_ tensor: String) -> Double {
    if let constant = graph.initializers[tensor] { return Double(constant.dims.reduce(1, *)) }
    return (shapes[tensor] ?? []).reduce(1.0) { $0 * Double($1 ?? 1) }
  }
}

extension Block {
  /// ReLU, square and sum of every value; 0 where the map's size is not known.
  fileprivate var normArithmetic: Double {
    guard let channels else { return 0 }
    return positions.reduce(3 * Double(channels)) { $0 * Double($1 ?? 0) }
  }
}
