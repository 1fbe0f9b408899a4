import CONNXRuntime
import Foundation
import Inference

/// A thread on which a session computes one batch after another, with memory for its inputs.
///
/// Unchecked, because the pool lends a request to one task at a time.
final class RuntimeRequest: InferenceRequest, @unchecked Sendable {
  private let session: Session
  /// ONNX Runtime computes on the calling thread. That must not be a thread of Swift's cooperative pool.
  private let thread = DispatchQueue(label: "oddity.onnxruntime")
  /// Memory for converted inputs, by position. Inputs that ONNX Runtime can read in place need none.
  private var memories: [Int: UnsafeMutableRawBufferPointer] = [:]

  init(_ session: Session) { self.session = session }

  deinit { for memory in memories.values { memory.deallocate() } }

  func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor] {
    for name in outputs { _ = try session.output(named: name) }
    return try await withCheckedThrowingContinuation { continuation in
      thread.async {
        continuation.resume(with: Result { try self.compute(inputs, outputs: outputs) })
      }
    }
  }

  private func compute(_ inputs: [InputBatch], outputs: [String]) throws(EngineError) -> [OutputTensor] {
    let wanted = outputs.uniqued()
    let tensors = try withValues(of: inputs[...], []) { (values) throws(EngineError) in
      try session.run(values, outputs: wanted).map { (value) throws(EngineError) in try value.read() }
    }
    let named = Dictionary(zip(wanted, tensors)) { first, _ in first }
    return outputs.compactMap { named[$0] }
  }

  private typealias NamedValue = (name: String, value: Value)

  /// Passes the tensors of all inputs to `use`. They are valid only during that call.
  private func withValues<Result>(
    of inputs: ArraySlice<InputBatch>, _ made: [NamedValue],
    _ use: ([NamedValue]) throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    guard let input = inputs.first else { return try use(made) }
    return try withMemory(of: input) { (memory) throws(EngineError) in
      let value = try Value(session.library, reading: memory, type: input.type, shape: input.shape)
      let name = session.inputs[input.position].name
      return try withValues(of: inputs.dropFirst(), made + [(name, value)], use)
    }
  }

  /// Passes the values, in the element type of the input and repeated up to its shape.
  private func withMemory<Result>(
    of input: InputBatch, _ use: (UnsafeRawBufferPointer) throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    if input.isReady {
      return try input.values.withBuffer { values throws(EngineError) in
        try use(UnsafeRawBufferPointer(values))
      }
    }
    guard let size = input.type.size else {
      throw EngineError(.shapeMismatch, "an input of type \(input.type) cannot hold an image")
    }
    let memory = memory(input.position, bytes: input.shape.reduce(size, *))
    try memory.write(input.values, rows: input.rows, as: input.type)
    return try use(UnsafeRawBufferPointer(memory))
  }

  /// Reuses the memory of the last batch if it has the same size.
  private func memory(_ position: Int, bytes: Int) -> UnsafeMutableRawBufferPointer {
    if let kept = memories[position], kept.count == bytes { return kept }
    memories[position]?.deallocate()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
    memories[position] = memory
    return memory
  }
}
