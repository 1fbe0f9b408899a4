import Foundation
import OddityClassifier
import ONNXGraph
import Engines

/// The cost of columns in addition to the classifier. It is counted in their graph and not timed, so that it
/// is the same on every machine.
///
/// Matrix products and convolutions count their multiply-accumulates. Any other node counts the numbers that
/// it reads or writes, whichever are more. Constants count their bytes. What several columns share counts
/// once.
package struct ColumnCosts: Sendable {
  /// For each column, the parts of the graph that it needs.
  private let needs: [[Int]]
  /// The arithmetic of each part.
  private let arithmetic: [Double]
  private let bytes: [Double]
  private let classifierArithmetic: Double?
  private let classifierBytes: Double

  /// - Parameters:
  ///   - columns: the fitted scores, and the tensors of the classifier that they read.
  ///   - form: the meaning of the logits.
  ///   - std: the standard deviation of the pixels, for scores that change the image.
  /// - Throws: the errors of taps; the engine's.
  package init(
    _ columns: [(score: FittedScore, taps: Set<Tap>)], of classifier: Classifier, form: LogitForm,
    std: PixelScale,
    engine: Engine
  ) throws {
    let classifierModel = classifier.engineModel
    var appendix = Appendix(to: classifierModel)
    var tensors: [Tap: Tensor] = [:]
    for tap in columns.reduce(into: Set<Tap>(), { $0.formUnion($1.taps) }).sorted(by: { $0.name < $1.name }) {
      tensors[tap] = try tap.append(to: &appendix, of: classifier, std: std)
    }
    let inputs = ScoreInputs(tensors, classes: classifier.classes, form: form)
    let outputs = columns.indices.map { "\(Appendix.prefix)column_\($0)" }
    for (output, column) in zip(outputs, columns) {
      appendix.addOutput(column.score.score(inputs), as: output)
    }
    let model = try Model(bytes: appendix.appended(to: classifierModel), name: classifierModel.name)
    let graph = model.graph
    let nodes = graph.nodes.filter { node in node.outputs.contains { $0.hasPrefix(Appendix.prefix) } }
    let counter = NodeCosts(
      graph: graph,
      shapes: try TensorShapes(
        of: nodes.flatMap { $0.outputs + $0.inputs }, in: model, image: classifier.image, engine: engine))
    let constants = graph.initializers.filter { $0.key.hasPrefix(Appendix.prefix) }.sorted { $0.key < $1.key }
    arithmetic = nodes.map { counter.arithmetic(of: $0) } + constants.map { _ in 0 }
    bytes = nodes.map { _ in 0 } + constants.map(\.value.bytes)
    let places = Dictionary(
      nodes.enumerated().flatMap { place, node in node.outputs.map { ($0, place) } }
        + zip(constants.map(\.key), nodes.count...), uniquingKeysWith: { first, _ in first })
    needs = outputs.map { Set(graph.ancestors(of: [$0]).compactMap { places[$0] }).sorted() }
    classifierArithmetic = classifier.multiplyAccumulates
    classifierBytes = classifier.weightBytes
  }

  /// Costs of columns that share nothing.
  ///
  /// - Parameter shares: for each column, the shares of the classifier's arithmetic and of its bytes.
  package init(shares: [Double]) {
    needs = shares.indices.map { [$0] }
    (arithmetic, bytes) = (shares, shares)
    (classifierArithmetic, classifierBytes) = (1, 1)
  }

  /// The larger of the shares of the classifier's arithmetic and of its bytes.
  func share(of columns: [Int]) -> Double {
    let cost = report(of: columns)
    return max(cost.arithmetic ?? 0, cost.bytes)
  }

  func report(of columns: [Int]) -> FusionReport.Cost {
    var isNeeded = Array(repeating: false, count: arithmetic.count)
    for part in columns.flatMap({ needs[$0] }) { isNeeded[part] = true }
    // Always summed in the same order, so that the result is bitwise equal.
    let sorted = isNeeded.indices.filter { isNeeded[$0] }
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
    let isFixed = node.inputs.allSatisfy { graph.initializers[$0] != nil }
    guard !Self.free.contains(node.op), !isFixed else { return 0 }
    let written = node.outputs.map(elements).max() ?? 0
    if Self.lookups.contains(node.op) { return written }
    if Operators.convolution.contains(node.op),
      let weights = graph.constantDims(of: node.inputs[1]) ?? shapes[node.inputs[1]]?.map({ $0 ?? 1 }),
      let sums = MultiplyAccumulates.ofConvolution(
        node.op, weights: weights, read: elements(node.inputs[0]), written: written)
    {
      return sums
    }
    if Operators.matrixProduct.contains(node.op), let inner = shapes[node.inputs[0]]?.last ?? nil {
      return written * Double(inner)
    }
    return max(written, node.inputs.map(elements).max() ?? 0)
  }

  private func elements(_ tensor: String) -> Double {
    if let constant = graph.initializers[tensor] { return Double(constant.dims.reduce(1, *)) }
    let all = (shapes[tensor] ?? []).reduce(1.0) { $0 * Double($1 ?? 1) }
    // The classifier may take a batch of several images.
    return all / Double(shapes.batch ?? 1)
  }
}
