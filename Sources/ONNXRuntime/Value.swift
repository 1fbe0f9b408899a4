import CONNXRuntime
import Inference

/// One `OrtValue` that is a tensor. Unchecked, because it has only one user at a time.
final class Value: @unchecked Sendable {
  let pointer: OpaquePointer
  private let library: ONNXRuntimeLibrary

  init(_ library: ONNXRuntimeLibrary, _ pointer: OpaquePointer) {
    (self.library, self.pointer) = (library, pointer)
  }

  /// A tensor over existing memory. The memory must stay in place as long as this object lives. ONNX Runtime
  /// only reads it.
  convenience init(
    _ library: ONNXRuntimeLibrary, reading memory: UnsafeRawBufferPointer, type: ScalarType, shape: [Int]
  ) throws(EngineError) {
    guard let runtimeType = type.runtimeType else {
      throw EngineError(.shapeMismatch, "the engine has no tensors of \(type)")
    }
    let start = UnsafeMutableRawPointer(mutating: memory.baseAddress)
    let pointer = try library.table.made("no tensor of shape \(shape)", .inferenceFailed) {
      library.table.CreateTensorWithDataAsOrtValue(
        library.memory, start, memory.count, shape.map(Int64.init), shape.count, runtimeType, $0)
    }
    self.init(library, pointer)
  }

  deinit { library.table.ReleaseValue(pointer) }

  /// Copies the elements out of ONNX Runtime's memory.
  func read() throws(EngineError) -> OutputTensor {
    let (type, shape) = try elementsAndShape()
    guard let size = type.size else {
      throw EngineError(.unreadableOutput, "the elements of an output cannot be read as numbers")
    }
    var start: UnsafeMutableRawPointer?
    try library.table.check(
      library.table.GetTensorMutableData(pointer, &start), .inferenceFailed, "the memory of a tensor")
    defer { withExtendedLifetime(self) {} }
    return try OutputTensor(
      UnsafeMutableRawBufferPointer(start: start, count: shape.reduce(size, *)), type: type, shape: shape)
  }

  func elementsAndShape() throws(EngineError) -> (elements: ScalarType, shape: [Int]) {
    var isTensor: Int32 = 0
    try library.table.check(library.table.IsTensor(pointer, &isTensor), .inferenceFailed, "an output")
    guard isTensor != 0 else { throw EngineError(.unreadableOutput, "a model output is not a tensor") }
    let info = try library.table.made("the shape of a tensor", .inferenceFailed) {
      library.table.GetTensorTypeAndShape(pointer, $0)
    }
    defer { library.table.ReleaseTensorTypeAndShapeInfo(info) }
    return try library.table.elementsAndShape(of: info)
  }
}
