import COpenVINO

/// A network ready to run. Batches may be given from any number of tasks; as many as
/// `EngineOptions.requests` are in flight, the others wait their turn.
package final class CompiledModel: Sendable {
  package let inputs: [Port]
  package let outputs: [Port]

  private let executable: Executable
  private let pool: RequestPool

  init(_ executable: Executable, requests: Int) throws(EngineError) {
    self.executable = executable
    inputs = try executable.inputs()
    outputs = try executable.outputs()
    pool = RequestPool(
      try (0..<max(requests, 1)).map { (_) throws(EngineError) in try InferRequest(executable: executable) })
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
    let ports = try outputs.map { try executable.output(named: $0) }
    let request = try await pool.take()
    defer { pool.giveBack(request) }
    let fullShape = batch.map { [$0] + shape.dropFirst() } ?? shape
    try request.setInput(input, rows: shape[0], shape: fullShape, type: port.elementType)
    try await request.run()
    var tensors: [String: OutputTensor] = [:]
    for (name, port) in zip(outputs, ports) {
      let tensor = try request.output(port).read()
      tensors[name] = tensor.shape.first == batch ? tensor.rows(shape[0]) : tensor
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
}

/// One `ov_compiled_model`. Unchecked: it is only read after it was made, which OpenVINO allows from any
/// thread.
final class Executable: Handle, @unchecked Sendable {
  /// Stays as long as what it has compiled.
  private let core: Core

  init(core: Core, _ pointer: OpaquePointer) {
    self.core = core
    super.init(core.library, pointer)
  }

  deinit { library.table.ov_compiled_model_free(pointer) }

  func inputs() throws(EngineError) -> [Port] {
    try library.ports("input", count: { library.table.ov_compiled_model_inputs_size(pointer, $0) }) {
      library.table.ov_compiled_model_input_by_index(pointer, $0, $1)
    }
  }

  func outputs() throws(EngineError) -> [Port] {
    try library.ports("output", count: { library.table.ov_compiled_model_outputs_size(pointer, $0) }) {
      library.table.ov_compiled_model_output_by_index(pointer, $0, $1)
    }
  }

  /// The output that has `name` among its names: one tensor may have several in an ONNX file.
  func output(named name: String) throws(EngineError) -> PortHandle {
    try library.port(.unreadableOutput, "the model has no output \"\(name)\"") {
      library.table.ov_compiled_model_output_by_name(pointer, name, $0)
    }
  }
}
