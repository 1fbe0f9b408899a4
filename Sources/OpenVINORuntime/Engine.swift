import Foundation

/// OpenVINO on the CPU, opened on first use.
public final class Engine: Sendable {
  private let core: Core

  /// - Throws: `EngineError` with the code `engineMissing` where there is no usable library.
  public init() throws(EngineError) {
    core = try Core(library: .shared())
  }

  /// Says where libopenvino_c lies; without effect once it was opened, and where the environment says it too.
  package static func use(library path: String) { LibrarySearch.use(path) }

  /// The engine's version, such as "2026.4.1-22982-…".
  public static var version: String {
    get throws(EngineError) { try OpenVINOLibrary.shared().version }
  }

  /// Types and shapes of a model's outputs.
  ///
  /// - Parameters:
  ///   - model: the bytes of an ONNX file. Tensors that are asked for are outputs in them.
  ///   - name: what errors call the model.
  ///   - inputs: shapes to give to inputs, by name; the others keep theirs.
  ///   - outputs: the names wanted. Nil is every output, by one of its names: where an ONNX file has two
  ///     names for one tensor, ask for them.
  /// - Throws: `EngineError` where the model cannot be read or does not take these inputs.
  package func outputPorts(
    model: Data, name: String = "the model", inputs: [String: [Int]], outputs: [String]? = nil
  ) throws(EngineError) -> [String: Port] {
    let model = try core.read(model, name: name)
    for (name, shape) in inputs.sorted(by: { $0.key < $1.key }) {
      guard try model.input(named: name).shape() != shape else { continue }
      try model.reshape(input: name, to: shape)
    }
    var ports: [String: Port] = [:]
    if outputs == nil { for port in try model.outputs() { ports[port.name] = port } }
    for name in outputs ?? [] { ports[name] = try model.output(named: name).description() }
    return ports
  }

  /// Compiles a model; its free dimensions stay free.
  ///
  /// - Parameters:
  ///   - model: the bytes of an ONNX file. Locations of external data in them are absolute.
  ///   - name: what errors call the model.
  /// - Throws: `EngineError`: `modelRejected` or `unsupportedPrecision`.
  package func compile(
    model: Data, name: String = "the model", options: EngineOptions
  ) throws(EngineError) -> CompiledModel {
    guard try core.supports(options.precision) else {
      throw EngineError(
        .unsupportedPrecision, "this processor has no native \(options.precision.rawValue): use f32")
    }
    let executable = try core.compile(try core.read(model, name: name), name: name, options: options)
    return try CompiledModel(executable, requests: options.requests)
  }
}

/// What the engine computes in.
public enum Precision: String, Sendable, CaseIterable {
  /// IEEE 754 single precision: the default.
  case f32
  /// bfloat16, faster on processors that have it, with logits off by about 0.3 %.
  case bf16
}

/// How a model is compiled.
package struct EngineOptions: Sendable {
  /// Threads that compute; nil is one per core.
  package var threads: Int?
  package var precision: Precision
  /// A folder in which compiled models are kept for the next start; nil is no cache.
  package var cacheDirectory: String?
  /// Batches that may be in flight at once, at least one.
  package var requests: Int
  /// Batches that are computed at the same time, each by its share of the threads. One gives a lone batch all threads;
  /// several waste none of them on waiting for each other.
  package var streams: Int

  package init(
    threads: Int? = nil, precision: Precision = .f32, cacheDirectory: String? = nil, requests: Int = 2,
    streams: Int = 1
  ) {
    self.threads = threads
    self.precision = precision
    self.cacheDirectory = cacheDirectory
    self.requests = requests
    self.streams = streams
  }
}

/// Why the engine could not do what was asked. Waiting for a free request throws `CancellationError`
/// instead where the task was cancelled.
public struct EngineError: LocalizedError, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// No usable OpenVINO library was found.
    case engineMissing
    /// The bytes are no model, or hold something that the engine cannot compile.
    case modelRejected
    /// The precision asked for is not native on this processor.
    case unsupportedPrecision
    /// A compiled model failed while it ran.
    case inferenceFailed
    /// The values given do not fit the model's input.
    case shapeMismatch
    /// An output asked for by name is not an output of the model, or its element type cannot be read.
    case unreadableOutput
  }

  public let code: Code
  /// Names the offender and says what to do.
  public let message: String
  /// The engine's or the loader's whole message, where there was one.
  public let underlying: String?

  /// What `localizedDescription` says: the same sentence.
  public var errorDescription: String? { description }

  public var description: String { message }

  init(_ code: Code, _ message: String, underlying: String? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }
}
