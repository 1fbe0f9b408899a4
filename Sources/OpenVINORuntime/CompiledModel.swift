/// A network ready to run. Batches may be given from any number of tasks; as many as
/// `EngineOptions.requests` are in flight, the others wait their turn.
public final class CompiledModel: Sendable {
  public let inputs: [Port]
  public let outputs: [Port]

  private let executable: Executable
  private let pool: RequestPool

  init(_ executable: Executable, requests: Int) throws(EngineError) {
    self.executable = executable
    inputs = try executable.inputs()
    outputs = try executable.outputs()
    var free: [InferRequest] = []
    for _ in 0..<max(requests, 1) { free.append(try InferRequest(executable: executable)) }
    pool = RequestPool(free)
  }

  /// The only number of images that the network takes at once, nil where it takes any.
  public var batch: Int? { inputs.first?.shape.first ?? nil }

  /// Runs the network on one batch.
  ///
  /// - Parameters:
  ///   - input: the batch in row-major order, converted to the element type of the model's input.
  ///   - shape: its dimensions, such as [N, C, H, W]. Where the network has a fixed `batch`, N may be
  ///     smaller: the last image is repeated up to it, and of every output whose leading dimension is
  ///     `batch` the first N rows are returned.
  ///   - outputs: the names of the tensors wanted; the others are not copied.
  /// - Throws: `EngineError`; `CancellationError` where the task was cancelled before the batch began.
  public func infer(
    _ input: [Float], shape: [Int], outputs: [String]
  ) async throws -> [String: OutputTensor] {
    let port = try onlyInput()
    try InputShape(shape, count: input.count).check(against: port)
    let ports = try outputs.map { try executable.output(named: $0) }
    let request = try await pool.take()
    defer { pool.giveBack(request) }
    let fullShape = batch.map { [$0] + shape.dropFirst() } ?? shape
    try request.setInput(input, rows: shape[0], shape: fullShape, type: port.elementType)
    try await request.run()
    var tensors: [String: OutputTensor] = [:]
    for (name, port) in zip(outputs, ports) {
      tensors[name] = cut(try request.output(port).read(), rows: shape[0])
    }
    return tensors
  }

  private func onlyInput() throws(EngineError) -> Port {
    guard let first = inputs.first, inputs.count == 1 else {
      let names = inputs.map(\.name).joined(separator: ", ")
      throw EngineError(.shapeMismatch, "the model has \(inputs.count) inputs (\(names)), one is needed")
    }
    return first
  }

  private func cut(_ tensor: OutputTensor, rows: Int) -> OutputTensor {
    tensor.shape.first == batch ? tensor.rows(rows) : tensor
  }
}
