import CONNXRuntime
import Foundation
import Inference

/// A thread on which a session computes one batch after another, and the memory of its input.
///
/// Unchecked: the pool hands a request to one task at a time.
final class RuntimeRequest: InferenceRequest, @unchecked Sendable {
  private let session: Session
  /// ONNX Runtime computes on the thread that calls it, which must be none of those that Swift's tasks share.
  private let thread = DispatchQueue(label: "oddity.onnxruntime")
  /// What the input is converted into, where its values cannot be read where they are.
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  init(_ session: Session) { self.session = session }

  deinit { memory.deallocate() }

  func run(
    _ input: BatchValues, rows: Int, shape: [Int], type: ScalarType, outputs: [String]
  ) async throws -> [OutputTensor] {
    for name in outputs { _ = try session.output(named: name) }
    return try await withCheckedThrowingContinuation { continuation in
      thread.async {
        continuation.resume(
          with: Result { try self.compute(input, rows: rows, shape: shape, type: type, outputs: outputs) })
      }
    }
  }

  private func compute(
    _ input: BatchValues, rows: Int, shape: [Int], type: ScalarType, outputs: [String]
  ) throws(EngineError) -> [OutputTensor] {
    let name = session.inputs[0].name
    let wanted = outputs.uniqued()
    let tensors = try withMemory(of: input, rows: rows, shape: shape, type: type) {
      (memory) throws(EngineError) in
      let value = try Value(session.library, reading: memory, type: type, shape: shape)
      return try session.run([(name, value)], outputs: wanted).map { (value) throws(EngineError) in
        try value.read()
      }
    }
    let named = Dictionary(zip(wanted, tensors)) { first, _ in first }
    return outputs.compactMap { named[$0] }
  }

  /// Passes on the values in the element type of the input, repeated up to `shape`.
  private func withMemory<Result>(
    of input: BatchValues, rows: Int, shape: [Int], type: ScalarType,
    _ use: (UnsafeRawBufferPointer) throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    if type == .float32, rows == shape[0] {
      return try input.withBuffer { values throws(EngineError) in try use(UnsafeRawBufferPointer(values)) }
    }
    guard let size = type.size else {
      throw EngineError(.shapeMismatch, "an input of type \(type) cannot hold an image")
    }
    let count = shape.reduce(size, *)
    if memory.count != count {
      memory.deallocate()
      memory = .allocate(byteCount: count, alignment: 64)
    }
    try memory.write(input, rows: rows, as: type)
    return try use(UnsafeRawBufferPointer(memory))
  }
}
