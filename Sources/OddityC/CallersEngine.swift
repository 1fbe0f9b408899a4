import COddity
import Engines
import Foundation
import ONNXGraph
import Oddity
import OddityCommand
import Synchronization

@c @implementation
public func oddity_detector_open_with(
  _ path: UnsafePointer<CChar>?, _ engine: UnsafePointer<oddity_engine>?,
  _ runner: UnsafePointer<oddity_runner>?,
  _ detector: UnsafeMutablePointer<oddity_handle>?, _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    _ = try required(detector, "detector")
    let path = try requiredText(path, "path")
    let settings = engine?.pointee ?? oddity_engine()
    guard settings.name == nil, settings.device == nil, settings.precision == nil, settings.cache_dir == nil,
      settings.device_memory == 0
    else {
      throw Failure.usage(
        "the caller runs the network: leave out name, device, device_memory, precision and cache_dir")
    }
    let (name, callers) = try CallersEngine.of(required(runner, "runner").pointee)
    ProcessOfLibrary.begin()
    Setting.speakOfFlags()
    let opened = try Detector(
      contentsOf: URL(filePath: path), engine: Engine(name, running: callers), options: RunOptions(settings))
    try detector.receive(opened, "detector")
  }
}

@c @implementation
public func oddity_batch_give(
  _ results: oddity_handle, _ position: Int64, _ tensor: UnsafePointer<oddity_tensor>?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let results = try Handles.object(results, as: BatchResults.self)
    try results.set(Int(position), OutputTensor(required(tensor, "tensor").pointee))
  }
}

/// An engine of the caller, given by its functions. Unchecked, because the caller keeps what `runner` points
/// to as long as the engine is in use.
private final class CallersEngine: InferenceEngine, @unchecked Sendable {
  let version: String
  let device: String
  let libraryPath = ""
  private let runner: oddity_runner
  /// Counts the networks of all detectors, because several may have the same functions.
  private static let networks = Atomic<Int64>(0)

  private init(_ runner: oddity_runner, version: String, device: String) {
    (self.runner, self.version, self.device) = (runner, version, device)
  }

  /// - Throws: ``Failure`` if a function is missing, or if the engine has a name other than Oddity's.
  static func of(_ runner: oddity_runner) throws -> (EngineChoice.Name, CallersEngine) {
    _ = try required(runner.compile, "compile")
    _ = try required(runner.run, "run")
    let engine = CallersEngine(
      runner, version: try requiredText(runner.version, "version"),
      device: try requiredText(runner.device, "device"))
    return (try EngineChoice.Name(named: try requiredText(runner.name, "name")), engine)
  }

  func devices() -> [String] { [device] }

  func outputPorts(
    of network: NetworkFile, inputs: [String: [Int]], outputs: [String]?
  ) throws(EngineError) -> [String: TensorPort] {
    throw EngineError(.badDevice, "the caller's engine scores guarded models; fit them with one of Oddity's")
  }

  func compile(_ network: NetworkFile, options: EngineOptions) throws(EngineError) -> any ReadyNetwork {
    guard options.precision == .f32, options.cacheDirectory == nil, options.deviceMemory == nil else {
      throw EngineError(
        .badDevice,
        "the caller's engine decides how it computes: leave out precision, cache and memory of the device")
    }
    let graph: Graph
    do throws(GraphError) {
      graph = try Model(bytes: network.bytes, name: network.name).graph
    } catch {
      throw EngineError(.modelRejected, error.message)
    }
    let number = Self.networks.add(1, ordering: .relaxed).newValue
    do {
      try Events.blockingOnCallersThread { try self.compile(network, number: number) }
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(.modelRejected, "the caller's engine was interrupted")
    }
    return CallersNetwork(graph, engine: self, number: number)
  }

  private func compile(_ network: NetworkFile, number: Int64) throws(EngineError) {
    let failure = network.bytes.withUnsafeBytes { bytes in
      CStrings(network.weightFiles).withPointers { weights in
        called {
          var description = oddity_network(
            number: number, model: bytes.baseAddress, size: bytes.count, weights: weights,
            weight_count: Int64(network.weightFiles.count), error: $0)
          return runner.compile(&description, runner.context)
        }
      }
    }
    if let failure { throw EngineError(.modelRejected, "the engine cannot read \(network.name)\(failure)") }
  }

  /// Computes one batch on the caller's thread.
  func run(
    _ number: Int64, _ input: InputBatch, named name: String, outputs: [String]
  ) throws(EngineError) -> [OutputTensor] {
    guard let size = input.type.size else {
      throw EngineError(.shapeMismatch, "an input of type \(input.type) cannot hold an image")
    }
    let results = BatchResults(count: outputs.count)
    let handle = Handles.add(results)
    defer { try? Handles.remove(handle) }
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: input.isReady ? 0 : input.shape.reduce(size, *), alignment: 64)
    defer { memory.deallocate() }
    if !input.isReady { try memory.write(input.values, rows: input.rows, as: input.type) }
    let failure = input.values.withBuffer { values in
      CStrings([name, input.type.rawValue]).withPointers { texts in
        CStrings(outputs).withPointers { names in
          input.shape.map(Int64.init).withUnsafeBufferPointer { shape in
            let start =
              input.isReady ? UnsafeRawPointer(values.baseAddress) : UnsafeRawPointer(memory.baseAddress)
            let tensor = oddity_tensor(
              name: texts?[0], type: texts?[1], values: start, shape: shape.baseAddress,
              rank: Int32(shape.count))
            return called {
              var batch = oddity_batch(
                number: number, input: tensor, outputs: names, output_count: Int64(outputs.count),
                results: handle, error: $0)
              return runner.run(&batch, runner.context)
            }
          }
        }
      }
    }
    if let failure { throw EngineError(.inferenceFailed, "the model failed\(failure)") }
    return try results.all(named: outputs)
  }

  /// The message of a failed function of the caller; nil if it gives none.
  private func called(_ function: (UnsafeMutablePointer<oddity_error>) -> Int32) -> String? {
    let error = UnsafeMutablePointer<oddity_error>.allocate(capacity: 1)
    error.initialize(to: oddity_error())
    defer { error.deallocate() }
    guard function(error) != 0 else { return nil }
    let message = withUnsafeBytes(of: &error.pointee.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return message.isEmpty ? "" : ": \(message)"
  }
}

/// A network that the caller's engine has prepared.
private struct CallersNetwork: ReadyNetwork {
  let inputs: [TensorPort]
  let outputs: [TensorPort]
  let requests: [any InferenceRequest]

  init(_ graph: Graph, engine: CallersEngine, number: Int64) {
    inputs = graph.inputs.map(TensorPort.init)
    outputs = graph.outputs.map(TensorPort.init)
    // A second request would only wait for the caller's thread.
    requests = [CallersRequest(engine: engine, number: number, input: inputs.first?.name ?? "")]
  }
}

private final class CallersRequest: InferenceRequest {
  private let engine: CallersEngine
  private let number: Int64
  private let input: String

  init(engine: CallersEngine, number: Int64, input: String) {
    (self.engine, self.number, self.input) = (engine, number, input)
  }

  func run(_ inputs: [InputBatch], outputs: [String]) async throws -> [OutputTensor] {
    guard let events = Events.current, let batch = inputs.first else {
      throw EngineError(
        .inferenceFailed,
        "the caller's engine can run only during a call, and no call is active")
    }
    return try await events.onCallersThread { [engine, number, input] in
      try engine.run(number, batch, named: input, outputs: outputs)
    }
  }
}

/// The results that the caller hands over for one batch.
private final class BatchResults: Sendable {
  private let tensors: Mutex<[OutputTensor?]>

  init(count: Int) { tensors = Mutex([OutputTensor?](repeating: nil, count: count)) }

  func set(_ position: Int, _ tensor: OutputTensor) throws {
    try tensors.withLock { tensors in
      guard tensors.indices.contains(position) else {
        throw Failure.usage("there is no output \(position) among the \(tensors.count) that were wanted")
      }
      tensors[position] = tensor
    }
  }

  func all(named names: [String]) throws(EngineError) -> [OutputTensor] {
    let tensors = tensors.withLock { $0 }
    return try zip(names, tensors).map { (name, tensor) throws(EngineError) in
      guard let tensor else { throw EngineError(.inferenceFailed, "the model did not give \"\(name)\"") }
      return tensor
    }
  }
}

extension OutputTensor {
  /// A copy of the caller's tensor.
  fileprivate init(_ tensor: oddity_tensor) throws {
    let text = try requiredText(tensor.type, "type")
    guard let type = ScalarType(rawValue: text), let size = type.size else {
      throw Failure.usage("'\(text)' is not an element type: name one such as float32")
    }
    let sides = UnsafeBufferPointer(
      start: tensor.rank == 0 ? nil : try required(tensor.shape, "shape"), count: Int(max(tensor.rank, 0)))
    let shape = sides.map { Int($0) }
    guard tensor.rank >= 0, shape.allSatisfy({ $0 >= 0 }), let count = shape.declaredProduct else {
      throw Failure.usage("\(shape) is not the shape of a tensor")
    }
    let start = count == 0 ? nil : UnsafeMutableRawPointer(mutating: try required(tensor.values, "values"))
    try self.init(UnsafeMutableRawBufferPointer(start: start, count: count * size), type: type, shape: shape)
  }
}

extension TensorPort {
  /// The description of an input or output in an ONNX file.
  fileprivate init(_ value: Graph.Value) {
    self.init(
      name: value.name, elementType: ScalarType(rawValue: "\(value.elementType)") ?? .other,
      shape: value.shape)
  }
}

extension NamedEngines {
  private static let scheme = "memory:"

  /// The engine named "memory:NUMBER", which belongs to a detector.
  static let ofDetectors = NamedEngines { device in
    guard device.hasPrefix(scheme), let handle = oddity_handle(device.dropFirst(scheme.count)) else {
      return nil
    }
    return try? Handles.object(handle, as: Detector.self).engine
  }
}
