import OddityClassifier
import ONNXGraph
import Engines

/// Computes fitted scores from measured rows, in the engine and with the same nodes as in a guarded model.
package struct ScoreRunner {
  private let model: CompiledModel
  private let outputs: [String]
  private let width: Int

  /// The number of rows that the engine takes at once.
  package static let batch = 256

  /// - Parameters:
  ///   - layout: the content of the rows.
  ///   - classifier: the classifier whose operator set the nodes use.
  ///   - form: the meaning of the logits.
  package init(
    _ scores: [FittedScore], layout: TapLayout, classes: Int, form: LogitForm = .softmax,
    like classifier: Model, engine: Engine, options: RunOptions
  ) throws {
    let rows = try Model.rows(of: layout.width, from: "measured", to: "rows", like: classifier)
    let inputs = ScoreInputs(
      layout.tensors(of: Tensor(named: "rows", rank: 2)), classes: classes, form: form)
    var appendix = Appendix(to: rows)
    // Each output has its own name, because two scores may be the same tensor.
    outputs = scores.indices.map { "score_\($0)" }
    for (output, score) in zip(outputs, scores) {
      appendix.addOutput(score.score(inputs), as: output, type: .float, batch: rows.graph.inputs.first)
    }
    model = try engine.compile(
      model: appendix.appended(to: rows), name: classifier.name, options: options.engineOptions)
    width = layout.width
  }

  /// The scores of rows: one list for each score.
  package func scores(_ rows: [Float], count: Int) async throws -> [[Float]] {
    guard !outputs.isEmpty, count > 0 else { return outputs.map { _ in [] } }
    let tensors = try await model.infer(rows, shape: [count, width], outputs: outputs)
    return try outputs.map { try tensors.floats($0, images: count) }
  }

  /// The scores of any number of rows, in chunks.
  package func scores(of rows: some RandomAccessCollection<some Sequence<Float>>) async throws -> [[Float]] {
    var columns: [[Float]] = outputs.map { _ in [] }
    var rest = rows[...]
    while !rest.isEmpty {
      let stretch = rest.prefix(Self.batch)
      for (position, values) in try await scores(stretch.flatMap { $0 }, count: stretch.count).enumerated() {
        columns[position] += values
      }
      rest = rest.dropFirst(stretch.count)
    }
    return columns
  }

  package func scores(_ file: RowFile) async throws -> [[Float]] {
    var columns: [[Float]] = outputs.map { _ in [] }
    try await file.forEachStretch(of: Self.batch) { rows, count in
      for (position, values) in try await scores(rows, count: count).enumerated() {
        columns[position] += values
      }
    }
    return columns
  }
}
