import Synchronization

/// A network ready to run. Any number of tasks may submit batches. As many run at once as the engine has
/// requests, and the others wait.
package final class CompiledModel: Sendable {
  package let inputs: [TensorPort]
  package let outputs: [TensorPort]

  /// How many batches may be in flight at once.
  let requestCount: Int
  private let pool: RequestPool
  private let measured = Mutex<Int?>(nil)

  package init(_ network: any ReadyNetwork) {
    (inputs, outputs) = (network.inputs, network.outputs)
    requestCount = network.requests.count
    pool = RequestPool(network.requests)
  }

  /// The fixed batch size of the network; nil if it takes any number of images.
  package var batch: Int? { inputs.first?.shape.first ?? nil }

  /// The fastest batch size of the device; nil if it was not measured.
  package var measuredBatch: Int? { measured.withLock { $0 } }

  package func keep(measuredBatch size: Int?) { measured.withLock { $0 = size } }

  /// Runs the network on one batch.
  ///
  /// - Parameters:
  ///   - input: the batch in row-major order, converted to the element type of the model's input.
  ///   - shape: its dimensions, such as [N, C, H, W]. If the network has a fixed `batch`, N may be
  ///     smaller. The last image is then repeated to fill the batch, and only the first N rows are
  ///     returned of every output whose leading dimension is `batch`.
  ///   - further: values and shapes of the model's further inputs, in their order.
  ///   - outputs: the names of the requested tensors. The others are not copied.
  /// - Throws: `EngineError`; `CancellationError` if the task was cancelled before the batch began.
  package func infer(
    _ input: [Float], shape: [Int], further: [(values: [Float], shape: [Int])] = [], outputs: [String]
  ) async throws -> [String: OutputTensor] {
    let further = further.map { (BatchValues.owned($0.values), $0.shape) }
    return try await infer([(.owned(input), shape)] + further, outputs: outputs)
  }

  /// The same for values in the caller's memory, which the engine reads in place.
  package func infer(
    _ input: BorrowedValues, shape: [Int], outputs: [String]
  ) async throws -> [String: OutputTensor] {
    try await infer([(.borrowed(input), shape)], outputs: outputs)
  }

  private func infer(
    _ given: [(values: BatchValues, shape: [Int])], outputs: [String]
  ) async throws -> [String: OutputTensor] {
    let inputs = try batches(given)
    let request = try await pool.take()
    defer { pool.giveBack(request) }
    let values = try await request.run(inputs, outputs: outputs)
    let rows = inputs[0].rows
    return Dictionary(
      zip(outputs, values.map { $0.shape.first == batch ? $0.rows(rows) : $0 }),
      uniquingKeysWith: { first, _ in first })
  }

  private func batches(_ given: [(values: BatchValues, shape: [Int])]) throws(EngineError) -> [InputBatch] {
    guard inputs.count == given.count else {
      let names = inputs.map(\.name).joined(separator: ", ")
      throw EngineError(
        .shapeMismatch,
        "the model has \(inputs.count) inputs (\(names)), \(given.count == 1 ? "one is" : "\(given.count) are") needed"
      )
    }
    return try inputs.indices.map { (position) throws(EngineError) in
      let (port, (values, shape)) = (inputs[position], given[position])
      try port.check(batch: shape, count: values.count)
      let fixed = port.shape.first ?? nil
      return InputBatch(
        position: position, type: port.elementType, values: values, rows: shape[0],
        shape: fixed.map { [$0] + shape.dropFirst() } ?? shape)
    }
  }
}
