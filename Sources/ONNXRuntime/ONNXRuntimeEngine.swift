import Foundation
@_exported import Inference

/// Runs networks with ONNX Runtime on one of its execution providers. The library is opened on first use.
package final class ONNXRuntimeEngine: InferenceEngine {
  /// The device that every build supports.
  package static let processor = "cpu"

  private let library: ONNXRuntimeLibrary
  private let chosen: RuntimeDevice

  /// - Parameter device: for example `cpu`, `cuda:1` or `tensorrt`.
  /// - Throws: `EngineError`: `engineMissing` if there is no usable library, `badDevice` if the library does
  ///   not support the device.
  package init(device: String = processor) throws(EngineError) {
    chosen = try RuntimeDevice(device)
    library = try .shared()
    try chosen.check(in: library)
  }

  package static var advice: String { ONNXRuntimeLibrary.advice }

  package static var search: LibrarySearch { .onnxRuntime }

  /// Whether a name is the name of an ONNX Runtime device. The device need not exist here. Its number is
  /// ignored.
  package static func knows(device: String) -> Bool {
    RuntimeDevice.Kind(rawValue: String(device.lowercased().prefix { $0 != ":" })) != nil
  }

  package var version: String { library.version }
  package var device: String { chosen.name }
  package var libraryPath: String { library.path }

  /// The devices that the library was built for, such as `cuda` and `cpu`, the fastest one first. Whether the
  /// hardware exists is known only when a network is compiled for it.
  package func devices() throws(EngineError) -> [String] { RuntimeDevice.names(of: try library.providers()) }

  /// Sets the path of libonnxruntime. Has no effect after the library was opened, or if the environment
  /// variable is set.
  package static func use(library path: String) {
    LibrarySearch.use(path, inPlaceOf: LibrarySearch.onnxRuntime.variable)
  }

  /// Runs one batch of zeros if ONNX Runtime's shape inference leaves dimensions open.
  package func outputPorts(
    of network: NetworkFile, inputs: [String: [Int]], outputs: [String]?
  ) throws(EngineError) -> [String: TensorPort] {
    let settings = try SessionSettings(library)
    try settings.set(threads: 1, optimises: false)
    let session = try Session(network, settings: settings)
    for (name, shape) in inputs.sorted(by: { $0.key < $1.key }) { try session.check(input: name, shape) }
    let ports = try (outputs ?? session.outputs.map(\.name)).map { (name) throws(EngineError) in
      try session.output(named: name)
    }
    let isOpen = ports.contains { !$0.hasRank || $0.shape.contains(nil) }
    let isComplete = session.inputs.allSatisfy { inputs[$0.name] != nil }
    let known = isOpen && isComplete ? try session.seenPorts(ports, inputs: inputs) : ports
    return Dictionary(known.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package func compile(
    _ network: NetworkFile, options: EngineOptions
  ) throws(EngineError) -> any ReadyNetwork {
    guard options.precision == .f32 else {
      throw EngineError(
        .unsupportedPrecision,
        "ONNX Runtime computes in the network's own precision: use f32, or convert the network itself")
    }
    guard options.cacheDirectory == nil else {
      throw EngineError(.badDevice, "ONNX Runtime cannot store compiled networks: leave out the cache folder")
    }
    let settings = try SessionSettings(library)
    let streams = max(options.streams, 1)
    let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    // Each batch is computed by the thread that requests it and by a thread pool that all batches share.
    try settings.set(threads: max(threads - streams + 1, 1))
    try settings.add(chosen, memory: options.deviceMemory)
    let session = try Session(network, settings: settings)
    return ONNXRuntimeNetwork(session, requests: chosen.kind == .cpu ? streams : max(options.requests, 1))
  }
}

/// A network that ONNX Runtime has prepared.
private struct ONNXRuntimeNetwork: ReadyNetwork {
  let inputs: [TensorPort]
  let outputs: [TensorPort]
  let requests: [any InferenceRequest]

  init(_ session: Session, requests: Int) {
    (inputs, outputs) = (session.inputs, session.outputs)
    self.requests = (0..<requests).map { _ in RuntimeRequest(session) }
  }
}

extension Session {
  /// - Throws: `EngineError` `.shapeMismatch` if there is no such input, or if it has another shape.
  fileprivate func check(input name: String, _ shape: [Int]) throws(EngineError) {
    guard let port = inputs.first(where: { $0.name == name }) else {
      throw EngineError(.shapeMismatch, "the model has no input \"\(name)\"")
    }
    let fits = port.shape.count == shape.count && zip(port.shape, shape).allSatisfy { $0 == nil || $0 == $1 }
    guard fits || !port.hasRank else {
      throw EngineError(.shapeMismatch, "input \"\(name)\" cannot have the shape \(shape)")
    }
  }

  /// The ports with the shapes that they have for a batch of zeros.
  fileprivate func seenPorts(_ ports: [TensorPort], inputs shapes: [String: [Int]]) throws(EngineError)
    -> [TensorPort]
  {
    var memories: [UnsafeMutableRawBufferPointer] = []
    defer { for memory in memories { memory.deallocate() } }
    var values: [(name: String, value: Value)] = []
    for port in inputs {
      guard let shape = shapes[port.name], let size = port.elementType.size else { return ports }
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: shape.reduce(size, *), alignment: 64)
      memories.append(memory)
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      let value = try Value(
        library, reading: UnsafeRawBufferPointer(memory), type: port.elementType, shape: shape)
      values.append((port.name, value))
    }
    let names = ports.map(\.name).uniqued()
    let results: [Value]
    do throws(EngineError) {
      results = try run(values, outputs: names)
    } catch  where !error.isOutOfMemory {
      throw EngineError(
        .shapeMismatch, "the network fails even on zeros: export it again (\(error.message))",
        underlying: error.underlying)
    }
    return try zip(names, results).map { (name, value) throws(EngineError) in
      let (elements, shape) = try value.elementsAndShape()
      return TensorPort(name: name, elementType: elements, shape: shape)
    }
  }
}

extension [String] {
  /// Each name once, in the order of first appearance.
  func uniqued() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
