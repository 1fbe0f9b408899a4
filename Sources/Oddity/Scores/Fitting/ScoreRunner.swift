import ONNXGraph
import OpenVINORuntime

/// Computes fitted scores of measured rows: by the nodes that a guarded model gets, in the engine.
struct ScoreRunner {
  private let model: CompiledModel
  private let outputs: [String]
  private let width: Int

  /// Rows that the engine takes at once.
  static let batch = 256

  /// - Parameters:
  ///   - layout: what the rows hold.
  ///   - classifier: whose operator set the nodes are of.
  ///   - form: what the logits stand for.
  ///   - head: as the scores were fitted with.
  init(
    _ scores: [any FittedScore], layout: TapLayout, classes: Int, form: LogitForm = .softmax,
    head: LinearHead?,
    like classifier: Model, engine: Engine, options: RunOptions
  ) throws {
    let rows = try Model.rows(of: layout.width, from: "measured", to: "rows", like: classifier)
    var nodes = ScoreNodes(
      Appendix(to: rows), taps: .rows("rows", layout), classes: classes, form: form, head: head)
    // Each by a name of its own: two scores may be one tensor.
    outputs = scores.enumerated().map { position, score in
      let tensor = score.append(to: &nodes)
      return nodes.appendix.rename(tensor, to: "score_\(position)")
    }
    for output in outputs {
      nodes.appendix.addOutput(output, type: .float, batch: rows.graph.inputs.first)
    }
    model = try engine.compile(
      model: nodes.appendix.appended(to: rows), name: classifier.name, options: options.engineOptions)
    width = layout.width
  }

  /// The scores of rows: one list for each score.
  func scores(_ rows: [Float], count: Int) async throws -> [[Float]] {
    guard !outputs.isEmpty, count > 0 else { return outputs.map { _ in [] } }
    let tensors = try await model.infer(rows, shape: [count, width], outputs: outputs)
    return try outputs.map { try tensors.floats($0, images: count) }
  }

  func scores(_ file: RowFile) async throws -> [[Float]] {
    var columns: [[Float]] = outputs.map { _ in [] }
    try await file.forEachStretch(of: Self.batch) { rows, count in
      for (position, values) in try await scores(rows, count: count).enumerated() {
        columns[position] += values
      }
    }
    return columns
  }
}
