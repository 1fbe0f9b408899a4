import Inference
import Synchronization
import Testing

/// How many images at once a device is given, by devices that are made up.
@Suite struct BatchMeasurementTests {
  /// A device whose time for a batch is known, and whose memory holds some images.
  private final class Device: InferenceRequest, ReadyNetwork {
    let inputs: [TensorPort]
    let outputs = [TensorPort(name: "y", elementType: .float32, shape: [nil])]
    var requests: [any InferenceRequest] { [self] }
    private let milliseconds: @Sendable (_ images: Int) -> Int
    private let memory: Int
    let tried = Mutex<[Int]>([])

    init(batch: Int? = nil, memory: Int = .max, milliseconds: @escaping @Sendable (_ images: Int) -> Int) {
      inputs = [TensorPort(name: "x", elementType: .float32, shape: [batch, 4])]
      (self.memory, self.milliseconds) = (memory, milliseconds)
    }

    func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor] {
      let images = inputs[0].rows
      tried.withLock { $0.append(images) }
      guard images <= memory else { throw EngineError(.inferenceFailed, "out of memory") }
      try await Task.sleep(for: .milliseconds(milliseconds(images)))
      return []
    }
  }

  @Test func theLastSizeThatIsMuchFasterIsKept() async throws {
    // Up to 64 images take as long as one.
    let device = Device { 20 * max(1, $0 / 64) }
    let model = CompiledModel(device)
    try await model.measureBatch(sample: [4], upTo: 10_000)
    #expect(model.measuredBatch == 64)
    #expect(device.tried.withLock { $0.max() } == 128)
  }

  @Test func whatDoesNotFitIsNotTaken() async throws {
    let model = CompiledModel(Device(memory: 40) { _ in 20 })
    try await model.measureBatch(sample: [4], upTo: 10_000)
    #expect(model.measuredBatch == 32)
  }

  @Test func aDeviceThatHoldsNothingFails() async throws {
    let model = CompiledModel(Device(memory: 1) { _ in 1 })
    await #expect(throws: EngineError.self) { try await model.measureBatch(sample: [4], upTo: 10_000) }
    #expect(model.measuredBatch == nil)
  }

  @Test func fewImagesAreNoReasonToMeasure() async throws {
    let device = Device { _ in 20 }
    let model = CompiledModel(device)
    try await model.measureBatch(sample: [4], upTo: 15)
    #expect(model.measuredBatch == nil && device.tried.withLock { $0.isEmpty })
    try await model.measureBatch(sample: [4], upTo: 40)
    #expect(model.measuredBatch == 32)
  }

  @Test func aFixedBatchIsNotMeasured() async throws {
    let device = Device(batch: 8) { _ in 1 }
    try await CompiledModel(device).measureBatch(sample: [4], upTo: 10_000)
    #expect(device.tried.withLock { $0.isEmpty })
  }
}
