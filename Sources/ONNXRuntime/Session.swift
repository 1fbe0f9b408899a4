import CONNXRuntime
import Foundation
import Inference

/// One `OrtSession`. Unchecked, because it is only read after its creation, and ONNX Runtime may run it from
/// any thread.
final class Session: @unchecked Sendable {
  let library: ONNXRuntimeLibrary
  let inputs: [TensorPort]
  let outputs: [TensorPort]
  private let pointer: OpaquePointer

  /// - Parameter settings: read here, and not kept.
  init(_ network: NetworkFile, settings: SessionSettings) throws(EngineError) {
    let library = settings.library
    let table = library.table
    try settings.add(weightsOf: network)
    pointer = try table.made("the engine cannot read \(network.name)", .modelRejected) { session in
      network.bytes.withUnsafeBytes {
        table.CreateSessionFromArray(library.environment, $0.baseAddress, $0.count, settings.pointer, session)
      }
    }
    self.library = library
    do throws(EngineError) {
      inputs = try library.ports(of: pointer, \.inputs)
      outputs = try library.ports(of: pointer, \.outputs)
    } catch {
      // If the initializer throws, `deinit` does not run.
      table.ReleaseSession(pointer)
      throw error
    }
  }

  deinit { library.table.ReleaseSession(pointer) }

  /// - Throws: `EngineError` `.unreadableOutput` if there is no such output.
  func output(named name: String) throws(EngineError) -> TensorPort {
    guard let port = outputs.first(where: { $0.name == name }) else {
      throw EngineError(.unreadableOutput, "the model has no output \"\(name)\"")
    }
    return port
  }

  /// Computes on the calling thread, and on the session's own threads if it has some.
  ///
  /// - Parameter values: a value for each named input.
  func run(_ values: [(name: String, value: Value)], outputs: [String]) throws(EngineError) -> [Value] {
    let given = values.map { Optional($0.value.pointer) }
    var results = [OpaquePointer?](repeating: nil, count: outputs.count)
    let status = CStrings(values.map(\.name)).withPointers { inputNames in
      CStrings(outputs).withPointers { outputNames in
        library.table.Run(
          pointer, nil, inputNames, given, given.count, outputNames, outputs.count, &results)
      }
    }
    withExtendedLifetime(values) {}
    let made = results.map { $0.map { Value(library, $0) } }
    try library.table.check(status, .inferenceFailed, "the model failed")
    return try zip(outputs, made).map { (name, value) throws(EngineError) in
      guard let value else { throw EngineError(.inferenceFailed, "the model did not give \"\(name)\"") }
      return value
    }
  }
}

/// The functions that list a session's inputs, or its outputs.
struct PortFunctions {
  typealias Count = (OpaquePointer?, UnsafeMutablePointer<Int>?) -> OpaquePointer?
  typealias Name = (
    OpaquePointer?, Int, OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
  ) -> OpaquePointer?
  typealias TypeInfo = (OpaquePointer?, Int, UnsafeMutablePointer<OpaquePointer?>?) -> OpaquePointer?

  let count: Count
  let name: Name
  let type: TypeInfo
}

extension oddity_ort_t {
  var inputs: PortFunctions {
    PortFunctions(count: SessionGetInputCount, name: SessionGetInputName, type: SessionGetInputTypeInfo)
  }

  var outputs: PortFunctions {
    PortFunctions(count: SessionGetOutputCount, name: SessionGetOutputName, type: SessionGetOutputTypeInfo)
  }
}

extension ONNXRuntimeLibrary {
  /// All inputs or all outputs of a session.
  func ports(
    of session: OpaquePointer, _ side: KeyPath<oddity_ort_t, PortFunctions>
  ) throws(EngineError) -> [TensorPort] {
    let functions = table[keyPath: side]
    var count = 0
    try table.check(functions.count(session, &count), .modelRejected, "the model's inputs and outputs")
    return try (0..<count).map { (index) throws(EngineError) in
      try port(name: name(of: session, index, functions), session, index, functions)
    }
  }

  private func name(
    of session: OpaquePointer, _ index: Int, _ functions: PortFunctions
  ) throws(EngineError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    try table.check(functions.name(session, index, allocator, &text), .modelRejected, "the name of a tensor")
    defer { if let status = table.AllocatorFree(allocator, text) { table.ReleaseStatus(status) } }
    return text.map { String(cString: $0) } ?? ""
  }

  private func port(
    name: String, _ session: OpaquePointer, _ index: Int, _ functions: PortFunctions
  ) throws(EngineError) -> TensorPort {
    let type = try table.made("the type of '\(name)'", .modelRejected) { functions.type(session, index, $0) }
    defer { table.ReleaseTypeInfo(type) }
    var tensor: OpaquePointer?
    try table.check(
      table.CastTypeInfoToTensorInfo(type, &tensor), .modelRejected, "the type of '\(name)'")
    // The port is a sequence or a map, which Oddity does not read.
    guard let tensor else { return TensorPort(name: name, elementType: .other, shape: nil) }
    let (elements, shape) = try table.elementsAndShape(of: tensor)
    // ONNX Runtime reports no dimensions both for a scalar and for a tensor of unknown rank.
    return TensorPort(
      name: name, elementType: elements, shape: shape.isEmpty ? nil : shape.map { $0 < 0 ? nil : $0 })
  }
}

extension oddity_ort_t {
  /// The content of one `OrtTensorTypeAndShapeInfo`. Dynamic dimensions are -1.
  func elementsAndShape(of info: OpaquePointer) throws(EngineError) -> (elements: ScalarType, shape: [Int]) {
    var type: Int32 = 0
    var rank = 0
    try check(GetTensorElementType(info, &type), .inferenceFailed, "the type of a tensor")
    try check(GetDimensionsCount(info, &rank), .inferenceFailed, "the shape of a tensor")
    var dimensions = [Int64](repeating: 0, count: rank)
    try check(GetDimensions(info, &dimensions, rank), .inferenceFailed, "the shape of a tensor")
    return (ScalarType(runtime: type), dimensions.map { Int($0) })
  }
}

/// Converts between ONNX Runtime's constants and `ScalarType`.
extension ScalarType {
  private static let known: [(Int, ScalarType)] = [
    (ODDITY_ORT_FLOAT, .float32), (ODDITY_ORT_FLOAT16, .float16), (ODDITY_ORT_BFLOAT16, .bfloat16),
    (ODDITY_ORT_DOUBLE, .float64), (ODDITY_ORT_INT8, .int8), (ODDITY_ORT_INT16, .int16),
    (ODDITY_ORT_INT32, .int32), (ODDITY_ORT_INT64, .int64), (ODDITY_ORT_UINT8, .uint8),
    (ODDITY_ORT_UINT16, .uint16), (ODDITY_ORT_UINT32, .uint32), (ODDITY_ORT_UINT64, .uint64),
    (ODDITY_ORT_BOOL, .bool),
  ]

  init(runtime type: Int32) { self = Self.known.first { $0.0 == Int(type) }?.1 ?? .other }

  var runtimeType: Int32? { Self.known.first { $0.1 == self }.map { Int32($0.0) } }
}
