/// The header of a `.npy` file (NumPy Enhancement Proposal 1): magic, version, and a Python dictionary
/// `{'descr': '|u1', 'fortran_order': False, 'shape': (10, 28, 28), }`.
struct NumPyHeader: Sendable, Equatable {
  /// The type as NumPy writes it, for example "|u1" or "<f4".
  let type: String
  let shape: [Int]
  /// Where the data begin.
  let dataOffset: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Enough for the headers of arrays that hold images.
  static let maximumSize = 4096

  /// Bytes of one element.
  var elementSize: Int? { type.count >= 3 ? Int(type.dropFirst(2)) : nil }

  /// The data's size in bytes, nil where it overflows.
  var dataSize: Int? { elementSize.flatMap { (shape + [$0]).declaredProduct } }

  /// - Parameter head: The file's first `maximumSize` bytes, or all of it.
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
    // Other programs quote otherwise than NumPy; none of the three values holds a quotation mark.
    let text = String(decoding: head[start..<start + length], as: UTF8.self).replacing("\"", with: "'")
    guard let type = Self.value("'descr'", in: text)?.wholeMatch(of: /\s*'([^']+)'.*/.dotMatchesNewlines()),
      let order = Self.value("'fortran_order'", in: text),
      let shape = Self.value("'shape'", in: text)?.wholeMatch(of: /\s*\(([0-9L, ]*)\).*/.dotMatchesNewlines())
    else {
      throw .unsupported("'\(name)' is not a plain array; save uint8 or float32 numbers")
    }
    guard !order.drop(while: \.isWhitespace).hasPrefix("True") else {
      throw .unsupported("'\(name)' is in Fortran order; save numpy.ascontiguousarray(array)")
    }
    self.type = String(type.1)
    // A number beyond 63 bits becomes the largest there is, for which no file has room.
    // Python 2 wrote long ones with an L.
    self.shape = shape.1.split(separator: ",").map { $0.filter { $0 != " " && $0 != "L" } }.filter {
      !$0.isEmpty
    }
    .map { Int($0) ?? .max }
    dataOffset = start + length
  }

  /// What follows a key and its colon.
  private static func value(_ key: String, in text: String) -> Substring? {
    let parts = text.split(separator: key, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let rest = parts[1].drop(while: \.isWhitespace)
    return rest.first == ":" ? rest.dropFirst() : nil
  }
}
