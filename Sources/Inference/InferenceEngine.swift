/// Runs ONNX networks on one device.
package protocol InferenceEngine: Sendable {
  /// For example "2026.4.1-22982-…".
  var version: String { get }
  /// The full name of the device, such as "CPU" and "cuda:0".
  var device: String { get }
  /// The path of the engine's library.
  var libraryPath: String { get }
  /// The devices that the engine supports here.
  func devices() throws(EngineError) -> [String]

  /// Types and shapes of a network's outputs.
  ///
  /// - Parameters:
  ///   - inputs: shapes for inputs with dynamic dimensions, by name. The other inputs keep their shapes.
  ///   - outputs: the requested names. nil requests every output by one of its names. If an ONNX file has two
  ///     names for one tensor, request them by name.
  /// - Throws: `EngineError` if the network cannot be read or does not accept these inputs.
  func outputPorts(
    of network: NetworkFile, inputs: [String: [Int]], outputs: [String]?
  ) throws(EngineError) -> [String: TensorPort]

  /// Prepares a network to run. Its dynamic dimensions stay dynamic.
  ///
  /// - Throws: `EngineError`: `modelRejected`, `unsupportedPrecision` or `badDevice`.
  func compile(_ network: NetworkFile, options: EngineOptions) throws(EngineError) -> any ReadyNetwork
}

/// A network that an engine has prepared.
package protocol ReadyNetwork: Sendable {
  var inputs: [TensorPort] { get }
  var outputs: [TensorPort] { get }
  /// As many requests as the options ask for, or as many as the engine can use.
  var requests: [any InferenceRequest] { get }
}

/// Runs one batch at a time. It has only one user at a time.
package protocol InferenceRequest: AnyObject, Sendable {
  /// - Parameters:
  ///   - inputs: the batch for each input of the network, in their order.
  ///   - outputs: the names of the requested tensors.
  /// - Throws: `EngineError`: `unreadableOutput` if the network has no such output, `inferenceFailed`.
  func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor]
}
