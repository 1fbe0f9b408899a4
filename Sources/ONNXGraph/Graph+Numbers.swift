import Foundation
import ONNXProto

extension Graph {
  /// The number in a constant with one element; `nil` for other tensors, and if its content is in another
  /// file.
  package func number(of tensor: String) -> Double? {
    numbers(of: tensor).flatMap { $0.count == 1 ? $0[0] : nil }
  }

  /// The numbers of a constant with few elements, found through operators that do not change its content.
  package func numbers(of tensor: String) -> [Double]? { smallConstants[source(ofNumbers: tensor)] }

  /// The tensor that contains the numbers of a tensor, in whatever shape and type.
  func source(ofNumbers tensor: String) -> String {
    var tensor = tensor
    while let node = producer(of: tensor), Self.keepsNumbers.contains(node.op), let source = node.inputs.first
    {
      tensor = source
    }
    return tensor
  }

  private static let keepsNumbers: Set = [
    "Identity", "Cast", "CastLike", "Reshape", "Squeeze", "Unsqueeze", "Flatten",
  ]
}

extension Onnx_GraphProto {
  /// The numbers of all constants with few elements, by the names of their tensors.
  var smallConstants: [String: [Double]] {
    let stored = initializer.map { ($0.name, $0.numbers) }
    let made = node.filter { $0.opType == "Constant" && $0.output.count == 1 }
      .map { ($0.output[0], $0.attribute.first?.numbers) }
    return Dictionary(first: (stored + made).compactMap { name, numbers in numbers.map { (name, $0) } })
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
  /// The largest number of elements that is stored.
  private static let fewElements: Int64 = 16

  /// `nil` for large tensors, for those of other types, and if the content is in another file.
  fileprivate var numbers: [Double]? {
    let count = dims.reduce(Int64(1)) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard (0...Self.fewElements).contains(count), dataLocation != .external else { return nil }
    let found: [Double]? =
      switch ElementType(rawValue: dataType) {
      case .float: elements(Float.self).map(Double.init)
      case .double: elements(Double.self)
      case .int64: elements(Int64.self).map(Double.init)
      case .int32: elements(Int32.self).map(Double.init)
      case .bool, .uint8: elements(UInt8.self).map(Double.init)
      case .float16: elements(UInt16.self).map { Double(Float16(bitPattern: $0)) }
      default: nil
      }
    return found?.count == Int(count) ? found : nil
  }

  /// The elements of a tensor with this type, however they are stored.
  func elements<Element>(_: Element.Type) -> [Element] {
    let size = MemoryLayout<Element>.size
    return elementBytes.withUnsafeBytes { bytes in
      (0..<bytes.count / size).map { bytes.loadUnaligned(fromByteOffset: $0 * size, as: Element.self) }
    }
  }

  /// The elements' bytes, little-endian, however they are stored.
  var elementBytes: Data {
    guard rawData.isEmpty else { return rawData }
    switch ElementType(rawValue: dataType) {
    case .float: return floatData.withUnsafeBytes { Data($0) }
    case .double: return doubleData.withUnsafeBytes { Data($0) }
    case .int64: return int64Data.withUnsafeBytes { Data($0) }
    case .int32: return int32Data.withUnsafeBytes { Data($0) }
    case .float16, .bfloat16, .int16, .uint16:
      return int32Data.map { UInt16(truncatingIfNeeded: $0) }.withUnsafeBytes { Data($0) }
    default: return Data(int32Data.map { UInt8(truncatingIfNeeded: $0) })
    }
  }
}

extension Model {
  /// The numbers of a constant in single precision that is stored in the message; nil for any other.
  ///
  /// - Throws: ``GraphError`` if the message cannot be read.
  package func floats(ofConstant name: String) throws(GraphError) -> [Float]? {
    guard graph.initializers[name]?.elementType == .float else { return nil }
    let stored = try decode(bytes, name: self.name).graph.initializer.first { $0.name == name }
    guard let stored, stored.dataLocation != .external else { return nil }
    let numbers = stored.elements(Float.self)
    return numbers.count == stored.dims.reduce(1, *) ? numbers : nil
  }
}

extension Model {
  /// A constant with several numbers of which one is NaN; nil if there is none. A single NaN is not a weight:
  /// scores give it to images about which nothing is known. Content in separate files is not examined.
  ///
  /// - Parameter outputs: the tensors that the constant must lead to.
  /// - Throws: ``GraphError`` if the message cannot be read.
  package func constantWithNaN(before outputs: [String]) throws(GraphError) -> String? {
    try constants(before: outputs).first { $0.tensor.count > 1 && $0.tensor.holds(above: .infinity) }?.name
  }

  /// Whether the tensors may be computed from values that are not finite although the images are finite: an
  /// operator divides or takes a root, a constant is very large or not finite, or a variance is negative.
  /// Constants in separate files are not examined, and count as not finite.
  ///
  /// - Throws: ``GraphError`` if the message cannot be read.
  package func mayLeaveNumbers(before outputs: [String]) throws(GraphError) -> Bool {
    let needed = graph.ancestors(of: outputs)
    let nodes = graph.nodes.filter { $0.outputs.contains(where: needed.contains) }
    if nodes.contains(where: { Operators.partial.contains($0.op) || $0.float("epsilon", default: 0) < 0 }) {
      return true
    }
    let variances = Set(
      nodes.filter { $0.op == "BatchNormalization" }.compactMap { $0.inputs.dropFirst(4).first })
    return try constants(before: outputs).contains { name, tensor in
      tensor.dataLocation == .external || tensor.holds(above: Self.large)
        || variances.contains(name) && tensor.holdsNegative
    }
  }

  /// Above this, products of two numbers are near the limit of single precision.
  private static let large: Float = 1e15

  /// The constants from which tensors are computed, by the names of their tensors.
  private func constants(
    before outputs: [String]
  ) throws(GraphError) -> [(name: String, tensor: Onnx_TensorProto)] {
    let needed = graph.ancestors(of: outputs)
    let proto = try decode(bytes, name: name).graph
    let stored = proto.initializer.filter { needed.contains($0.name) }.map { ($0.name, $0) }
    let made = proto.node.filter { $0.opType == "Constant" && $0.output.contains(where: needed.contains) }
    return stored
      + made.flatMap { node in
        node.attribute.filter { $0.type == .tensor }.map { (node.output[0], $0.t) }
      }
  }
}

extension Onnx_TensorProto {
  fileprivate var count: Int { Int(dims.reduce(1, &*)) }

  /// Whether one of the numbers is NaN, or its absolute value is above a limit. Half precision ends before
  /// most limits, so its infinity counts as above any limit except infinity itself.
  fileprivate func holds(above limit: Float) -> Bool {
    guard dataLocation != .external else { return false }
    let isInfinite = limit == .infinity
    return switch ElementType(rawValue: dataType) {
    case .float: holds(UInt32.self) { $0 & 0x7fff_ffff > limit.bitPattern }
    case .float16: holds(UInt16.self) { isInfinite ? $0 & 0x7fff > 0x7c00 : $0 & 0x7fff > 0x7000 }
    case .bfloat16: holds(UInt16.self) { UInt32($0 & 0x7fff) > limit.bitPattern >> 16 }
    case .double: holds(UInt64.self) { $0 & 0x7fff_ffff_ffff_ffff > Double(limit).bitPattern }
    default: false
    }
  }

  fileprivate var holdsNegative: Bool {
    switch ElementType(rawValue: dataType) {
    case .float: holds(UInt32.self) { $0 > 0x8000_0000 }
    case .float16, .bfloat16: holds(UInt16.self) { $0 > 0x8000 }
    case .double: holds(UInt64.self) { $0 > 0x8000_0000_0000_0000 }
    default: false
    }
  }

  private func holds<Word>(_: Word.Type, _ isWanted: (Word) -> Bool) -> Bool {
    let size = MemoryLayout<Word>.size
    return elementBytes.withUnsafeBytes { bytes in
      (0..<bytes.count / size).contains {
        isWanted(bytes.loadUnaligned(fromByteOffset: $0 * size, as: Word.self))
      }
    }
  }
}
