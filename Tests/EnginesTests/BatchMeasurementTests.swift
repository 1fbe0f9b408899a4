import Inference
import Synchronization
import Testing

/// The batch size for a device.
@Suite struct BatchMeasurementTests {
  /// - Parameter seconds: the time of a batch of some images.
  private func fastest(
    upTo limit: Int = 10_000, memory: Int = .max, seconds: (_ images: Int) -> Double
  ) async throws -> Int? {
    try await CompiledModel.fastestBatch(upTo: limit) { size in
      guard size <= memory else { throw EngineError(.inferenceFailed, "out of memory") }
      return Double(size) / seconds(size)
    }
  }

  @Test func theLastSizeThatIsMuchFasterIsTaken() async throws {
    // Up to 64 images take as long as one.
    #expect(try await fastest { Double(max(64, $0)) } == 64)
    #expect(try await fastest { _ in 1 } == 512)
    #expect(try await fastest { Double($0) } == 16)
  }

  @Test func whatDoesNotFitIsNotTaken() async throws {
    #expect(try await fastest(memory: 40) { _ in 1 } == 32)
    #expect(try await fastest(memory: 1) { _ in 1 } == nil)
    // Other failures are not caused by memory.
    await #expect(throws: EngineError.self) {
      _ = try await CompiledModel.fastestBatch(upTo: 10_000) { size in
        if size > 16 { throw EngineError(.inferenceFailed, "the device was lost") }
        return 1
      }
    }
  }

  @Test func aSearchThatFewImagesEndKeepsNothing() async throws {
    #expect(try await fastest(upTo: 15) { _ in 1 } == nil)
    #expect(try await fastest(upTo: 40) { _ in 1 } == nil)
    #expect(try await fastest(upTo: 40) { Double($0) } == 16)
  }

  /// A fake device.
  private final class Device: InferenceRequest, ReadyNetwork {
    let inputs: [TensorPort]
    let outputs = [TensorPort(name: "y", elementType: .float32, shape: [nil])]
    var requests: [any InferenceRequest] { [self] }
    let tried = Mutex<[Int]>([])

    init(batch: Int? = nil) {
      inputs = [TensorPort(name: "x", elementType: .float32, shape: [batch, 4])]
    }

    func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor] {
      tried.withLock { $0.append(inputs[0].rows) }
      guard inputs[0].rows <= 20 else { throw EngineError(.inferenceFailed, "out of memory") }
      return []
    }
  }

  @Test func aModelKeepsWhatWasMeasured() async throws {
    let device = Device()
    let model = CompiledModel(device)
    try await model.measureBatch(sample: [4], upTo: 10_000)
    try await model.measureBatch(sample: [4], upTo: 10_000)
    #expect(model.measuredBatch == 16)
    // One run to begin with, then as many as there are requests.
    #expect(device.tried.withLock { $0 } == [16, 16, 32])
  }

  @Test func aFixedBatchIsNotMeasured() async throws {
    let device = Device(batch: 8)
    try await CompiledModel(device).measureBatch(sample: [4], upTo: 10_000)
    #expect(device.tried.withLock { $0.isEmpty })
  }
}
