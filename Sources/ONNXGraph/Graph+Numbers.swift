import Foundation
import ONNXProto

extension Graph {
  /// The number that a constant of one element holds; `nil` for other tensors, and where its content is in another file.
  public func number(of tensor: String) -> Double? {
    guard let numbers = numbers(of: tensor), numbers.count == 1 else { return nil }
    return numbers[0]
  }

  /// The numbers of a constant of a few elements, read through operators that leave its content as it is.
  public func numbers(of tensor: String) -> [Double]? {
    var tensor = tensor
    while smallConstants[tensor] == nil {
      guard let node = producer(of: tensor), Self.keepsNumbers.contains(node.op),
        let source = node.inputs.first
      else { return nil }
      tensor = source
    }
    return smallConstants[tensor]
  }

  private static let keepsNumbers: Set = ["Identity", "Cast", "CastLike", "Reshape", "Squeeze", "Unsqueeze"]
}

extension Onnx_GraphProto {
  /// The numbers of all constants of a few elements, by their tensors' names.
  var smallConstants: [String: [Double]] {
    let stored = initializer.map { ($0.name, $0.numbers) }
    let made = node.filter { $0.opType == "Constant" && $0.output.count == 1 }
      .map { ($0.output[0], $0.attribute.first?.numbers) }
    return Dictionary(
      (stored + made).compactMap { name, numbers in numbers.map { (name, $0) } },
      uniquingKeysWith: { first, _ in first })
  }
}

extension Onnx_AttributeProto {
  fileprivate var numbers: [Double]? {
    switch type {
    case .float: [Double(f)]
    case .int: [Double(i)]
    case .floats: floats.map(Double.init)
    case .ints: ints.map(Double.init)
    case .tensor: t.numbers
    default: nil
    }
  }
}

extension Onnx_TensorProto {
  /// The largest constant whose numbers are kept in mind.
  private static let fewElements: Int64 = 16

  /// `nil` for large tensors, those of other types, and those whose content is in another file.
  fileprivate var numbers: [Double]? {
    let count = dims.reduce(Int64(1)) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard (0...Self.fewElements).contains(count), dataLocation != .external else { return nil }
    let found: [Double]? =
      switch ElementType(rawValue: dataType) {
      case .float: floatData.isEmpty ? raw(Float.self).map(Double.init) : floatData.map(Double.init)
      case .double: doubleData.isEmpty ? raw(Double.self) : doubleData
      case .int64: int64Data.isEmpty ? raw(Int64.self).map(Double.init) : int64Data.map(Double.init)
      case .int32: int32Data.isEmpty ? raw(Int32.self).map(Double.init) : int32Data.map(Double.init)
      case .bool, .uint8: int32Data.isEmpty ? raw(UInt8.self).map(Double.init) : int32Data.map(Double.init)
      case .float16:
        (int32Data.isEmpty ? raw(UInt16.self) : int32Data.map { UInt16(truncatingIfNeeded: $0) })
          .map { Double(Float16(bitPattern: $0)) }
      default: nil
      }
    return found?.count == Int(count) ? found : nil
  }

  private func raw<Element>(_: Element.Type) -> [Element] {
    let size = MemoryLayout<Element>.size
    return rawData.withUnsafeBytes { bytes in
      (0..<bytes.count / size).map { bytes.loadUnaligned(fromByteOffset: $0 * size, as: Element.self) }
    }
  }
}
