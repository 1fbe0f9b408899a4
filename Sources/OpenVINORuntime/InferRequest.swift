import COpenVINO
import Inference
import Synchronization

/// One `ov_infer_request`, with memory for its inputs.
///
/// Unchecked, because the pool lends a request to one task at a time.
final class InferRequest: Handle, InferenceRequest, @unchecked Sendable {
  private let executable: Executable
  private let completion = Completion()
  /// The tensors of the last batch, by the position of the input.
  private var kept: [Int: (tensor: TensorHandle, shape: [Int])] = [:]

  init(executable: Executable) throws(EngineError) {
    self.executable = executable
    let library = executable.library
    super.init(
      library,
      try library.handle(.inferenceFailed, "the engine did not create a request") {
        library.table.ov_compiled_model_create_infer_request(executable.pointer, $0)
      })
    try library.check(
      library.table.ov_infer_request_set_callback(pointer, completion.callback), .inferenceFailed,
      "the engine did not accept the callback")
  }

  // Frees the request before `completion`, because the request may still call it.
  deinit { library.table.ov_infer_request_free(pointer) }

  func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor] {
    let ports = try outputs.map { try executable.output(named: $0) }
    for input in inputs { try set(input) }
    try await run()
    return try ports.map { try output($0).read() }
  }

  private func set(_ input: InputBatch) throws(EngineError) {
    let tensor: TensorHandle
    if case .borrowed(let values) = input.values, input.isReady {
      tensor = try TensorHandle(library: library, borrowing: values, shape: input.shape)
    } else {
      tensor = try self.tensor(for: input)
      try tensor.withBytes { memory throws(EngineError) in
        try memory.write(input.values, rows: input.rows, as: input.type)
      }
    }
    try library.check(
      library.table.ov_infer_request_set_input_tensor_by_index(pointer, input.position, tensor.pointer),
      .shapeMismatch, "the model does not take an input of shape \(input.shape)")
  }

  /// Computes the outputs. The task suspends meanwhile, so that its thread can run other tasks.
  private func run() async throws {
    try await withCheckedThrowingContinuation { continuation in
      completion.expect(continuation)
      do throws(EngineError) {
        try library.check(
          library.table.ov_infer_request_start_async(pointer), .inferenceFailed, "the model does not start")
      } catch {
        completion.finish(.failure(error))
      }
    }
    // The callback does not receive a status. The request is complete, so this call returns its status
    // immediately.
    try library.check(library.table.ov_infer_request_wait(pointer), .inferenceFailed, "the model failed")
  }

  /// The tensor of an output. Its memory belongs to the request and is valid until the next run.
  private func output(_ port: PortHandle) throws(EngineError) -> TensorHandle {
    let tensor = try library.handle(.inferenceFailed, "an output of the model") {
      library.table.ov_infer_request_get_tensor_by_const_port(pointer, port.pointer, $0)
    }
    return TensorHandle(library, tensor)
  }

  /// Reuses the memory of the last batch if it has the same shape.
  private func tensor(for input: InputBatch) throws(EngineError) -> TensorHandle {
    if let kept = kept[input.position], kept.shape == input.shape { return kept.tensor }
    let tensor = try TensorHandle(library: library, type: input.type, shape: input.shape)
    kept[input.position] = (tensor, input.shape)
    return tensor
  }
}

/// Resumes the task that waits for a request. The engine's thread calls it.
final class Completion: Sendable {
  typealias Waiter = CheckedContinuation<Void, any Error>

  /// The callback to register with the engine. The engine keeps this pointer, which is valid as long as the
  /// object lives.
  nonisolated(unsafe) let callback: UnsafeMutablePointer<ov_callback_t>

  private let waiter = Mutex<Waiter?>(nil)

  init() {
    callback = .allocate(capacity: 1)
    callback.initialize(
      to: ov_callback_t(
        callback_func: { argument in
          guard let argument else { return }
          Unmanaged<Completion>.fromOpaque(argument).takeUnretainedValue().finish(.success(()))
        }, args: Unmanaged.passUnretained(self).toOpaque()))
  }

  deinit { callback.deallocate() }

  /// Sets the task that the next `finish` resumes.
  func expect(_ continuation: Waiter) {
    waiter.withLock { $0 = continuation }
  }

  /// Resumes that task once. A second call for the same run does nothing.
  func finish(_ result: Result<Void, any Error>) {
    waiter.withLock { $0.take() }?.resume(with: result)
  }
}
