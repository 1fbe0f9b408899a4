/// Something that runs networks in ONNX's format on one device.
package protocol InferenceEngine: Sendable {
  /// Such as "2026.4.1-22982-…".
  var version: String { get }
  /// What it computes on, by its full name, such as "CPU" and "cuda:0".
  var device: String { get }
  /// Where its library lies.
  var libraryPath: String { get }
  /// What it can compute on here.
  func devices() throws(EngineError) -> [String]

  /// Types and shapes of a network's outputs.
  ///
  /// - Parameters:
  ///   - inputs: shapes to give to inputs whose dimensions are free, by name; the others keep theirs.
  ///   - outputs: the names wanted. Nil is every output, by one of its names: where an ONNX file has two names for one
  ///     tensor, ask for them.
  /// - Throws: `EngineError` where the network cannot be read or does not take these inputs.
  func outputPorts(
    of network: NetworkFile, inputs: [String: [Int]], outputs: [String]?
  ) throws(EngineError) -> [String: TensorPort]

  /// Makes a network ready to run; its free dimensions stay free.
  ///
  /// - Throws: `EngineError`: `modelRejected`, `unsupportedPrecision` or `badDevice`.
  func compile(_ network: NetworkFile, options: EngineOptions) throws(EngineError) -> any ReadyNetwork
}

/// A network that an engine has made ready to run.
package protocol ReadyNetwork: Sendable {
  var inputs: [TensorPort] { get }
  var outputs: [TensorPort] { get }
  /// As many as were asked for, or as the engine can use.
  var requests: [any InferenceRequest] { get }
}

/// What runs one batch at a time. Whoever holds it is alone with it.
package protocol InferenceRequest: AnyObject, Sendable {
  /// - Parameters:
  ///   - inputs: what each input of the network is given, in their order.
  ///   - outputs: names of the tensors wanted.
  /// - Throws: `EngineError`: `unreadableOutput` where the network has no such output, `inferenceFailed`.
  func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor]
}
