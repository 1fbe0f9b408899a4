/// A network ready to run. Batches may be given from any number of tasks; as many are in flight as the engine gave requests,
/// the others wait their turn.
package final class CompiledModel: Sendable {
  package let inputs: [TensorPort]
  package let outputs: [TensorPort]

  private let pool: RequestPool

  package init(_ network: any ReadyNetwork) {
    (inputs, outputs) = (network.inputs, network.outputs)
    pool = RequestPool(network.requests)
  }

  /// The only number of images that the network takes at once, nil where it takes any.
  package var batch: Int? { inputs.first?.shape.first ?? nil }

  /// Runs the network on one batch.
  ///
  /// - Parameters:
  ///   - input: the batch in row-major order, converted to the element type of the model's input.
  ///   - shape: its dimensions, such as [N, C, H, W]. Where the network has a fixed `batch`, N may be
  ///     smaller: the last image is repeated up to it, and of every output whose leading dimension is
  ///     `batch` the first N rows are returned.
  ///   - outputs: the names of the tensors wanted; the others are not copied.
  /// - Throws: `EngineError`; `CancellationError` where the task was cancelled before the batch began.
  package func infer(
    _ input: [Float], shape: [Int], outputs: [String]
  ) async throws -> [String: OutputTensor] {
    try await infer(.owned(input), shape: shape, outputs: outputs)
  }

  /// The same of values that lie in memory of somebody else's, which the engine reads where they are.
  package func infer(
    _ input: BorrowedValues, shape: [Int], outputs: [String]
  ) async throws -> [String: OutputTensor] {
    try await infer(.borrowed(input), shape: shape, outputs: outputs)
  }

  private func infer(
    _ input: BatchValues, shape: [Int], outputs: [String]
  ) async throws -> [String: OutputTensor] {
    let port = try onlyInput()
    try port.check(batch: shape, count: input.count)
    let request = try await pool.take()
    defer { pool.giveBack(request) }
    let fullShape = batch.map { [$0] + shape.dropFirst() } ?? shape
    let values = try await request.run(
      input, rows: shape[0], shape: fullShape, type: port.elementType, outputs: outputs)
    return Dictionary(
      zip(outputs, values.map { $0.shape.first == batch ? $0.rows(shape[0]) : $0 }),
      uniquingKeysWith: { first, _ in first })
  }

  private func onlyInput() throws(EngineError) -> TensorPort {
    guard let first = inputs.first, inputs.count == 1 else {
      let names = inputs.map(\.name).joined(separator: ", ")
      throw EngineError(.shapeMismatch, "the model has \(inputs.count) inputs (\(names)), one is needed")
    }
    return first
  }
}
