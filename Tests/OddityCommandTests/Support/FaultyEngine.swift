import Engines
import ONNXRuntime
import Synchronization

/// An engine whose device is lost during a run. From a given batch on, all batches fail.
final class FaultyEngine: InferenceEngine {
  static let message = "the model failed: CUDA failure 999: the device was lost"

  private let healthy: ONNXRuntimeEngine
  private let batches: Atomic<Int>
  var version: String { healthy.version }
  /// Not a processor, so that code for devices runs.
  let device = "cuda:0"
  var libraryPath: String { healthy.libraryPath }

  /// - Parameter batches: the number of batches that run before the device is lost.
  init(losingItAfter batches: Int) throws {
    healthy = try ONNXRuntimeEngine()
    self.batches = Atomic(batches)
  }

  /// The number of remaining batches.
  var left: Int { max(batches.load(ordering: .relaxed), 0) }

  func devices() -> [String] { [device] }

  func outputPorts(
    of network: NetworkFile, inputs: [String: [Int]], outputs: [String]?
  ) throws(EngineError) -> [String: TensorPort] {
    try healthy.outputPorts(of: network, inputs: inputs, outputs: outputs)
  }

  func compile(_ network: NetworkFile, options: EngineOptions) throws(EngineError) -> any ReadyNetwork {
    FaultyNetwork(try healthy.compile(network, options: options), engine: self)
  }

  fileprivate func takeOne() throws(EngineError) {
    guard batches.subtract(1, ordering: .relaxed).oldValue > 0 else {
      throw EngineError(.inferenceFailed, Self.message)
    }
  }
}

private struct FaultyNetwork: ReadyNetwork {
  let inputs: [TensorPort]
  let outputs: [TensorPort]
  let requests: [any InferenceRequest]

  init(_ healthy: any ReadyNetwork, engine: FaultyEngine) {
    (inputs, outputs) = (healthy.inputs, healthy.outputs)
    requests = healthy.requests.map { FaultyRequest($0, engine: engine) }
  }
}

private final class FaultyRequest: InferenceRequest {
  private let healthy: any InferenceRequest
  private let engine: FaultyEngine

  init(_ healthy: any InferenceRequest, engine: FaultyEngine) {
    (self.healthy, self.engine) = (healthy, engine)
  }

  func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor] {
    try engine.takeOne()
    return try await healthy.run(inputs, outputs: outputs)
  }
}
