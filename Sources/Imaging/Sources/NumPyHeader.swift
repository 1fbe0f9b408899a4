/// The header of a `.npy` file (NumPy Enhancement Proposal 1): magic, version, and a Python dictionary
/// `{'descr': '|u1', 'fortran_order': False, 'shape': (10, 28, 28), }`.
struct NumPyHeader: Sendable, Equatable {
  /// The type as NumPy writes it, for example "|u1" or "<f4".
  let type: String
  let shape: [Int]
  /// The position at which the data begin.
  let dataOffset: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Enough for the headers of arrays that hold images.
  static let maximumSize = 4096

  /// The number of bytes of one element.
  var elementSize: Int? { type.count >= 3 ? Int(type.dropFirst(2)) : nil }

  /// The data's size in bytes; nil if it overflows.
  var dataSize: Int? { elementSize.flatMap { (shape + [$0]).declaredProduct } }

  /// - Parameter head: the file's first `maximumSize` bytes, or all of it.
  /// - Throws: `badSource`, `unsupported` (Fortran order), `truncated`.
  init(_ head: [UInt8], name: String) throws(ImagingError) {
    guard head.starts(with: Self.magic), head.count >= 12 else {
      throw .badSource("'\(name)' is not a NumPy array; save it with numpy.save")
    }
    let isLong = head[6] >= 2
    let start = isLong ? 12 : 10
    let length = head[8..<start].littleEndian
    guard start + length <= head.count else {
      throw ImagingError(.truncated, "'\(name)' ends within its header; save it again with numpy.save")
    }
    // Other programs use other quotation marks than NumPy, but none of the three values contains one.
    let text = String(decoding: head[start..<start + length], as: UTF8.self).replacing("\"", with: "'")
    guard let type = text.firstMatch(of: /'descr'\s*:\s*'([^']+)'/),
      let order = text.firstMatch(of: /'fortran_order'\s*:\s*(\w+)/),
      let shape = text.firstMatch(of: /'shape'\s*:\s*\(([0-9L, ]*)\)/)
    else {
      throw .unsupported("'\(name)' is not a plain array; save uint8 or float32 numbers")
    }
    guard order.1 != "True" else {
      throw .unsupported("'\(name)' is in Fortran order; save numpy.ascontiguousarray(array)")
    }
    self.type = String(type.1)
    // A number beyond 63 bits becomes the largest one, for which no file is large enough. Python 2 wrote long
    // numbers with an L.
    self.shape = shape.1.matches(of: /[0-9]+/).map { Int($0.output) ?? .max }
    dataOffset = start + length
  }
}
