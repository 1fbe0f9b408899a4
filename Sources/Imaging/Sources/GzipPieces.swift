/// The content of a gzip file, one member after another. The CRC-32 and length of every member are checked,
/// as in gzip(1). As there, zeros and other bytes after the last member are ignored.
final class GzipPieces: UnpackedPieces {
  private let file: OpenFile
  private let inflater: Inflater
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
  private var input: [UInt8] = []
  /// How much of `input` was decompressed.
  private var used = 0
  private var isAtEnd = false
  private(set) var packedBytes = 0

  init(_ file: OpenFile) throws(ImagingError) {
    self.file = file
    inflater = try Inflater(.gzip)
  }

  deinit { output.deallocate() }

  func next() throws(ImagingError) -> UnsafeRawBufferPointer? {
    while !isAtEnd {
      if used == input.count { try refill() }
      let step = input[used...].withUnsafeBytes { inflater.inflate($0, into: output) }
      guard let step else {
        throw ImagingError(
          .badSource, "'\(file.name)' is a damaged archive; copy or download it again",
          underlying: inflater.message)
      }
      used += step.read
      if step.isAtEnd { try beginMember() }
      if !step.isAtEnd, step.written == 0, used == input.count, packedBytes == file.size {
        throw ImagingError(.truncated, "'\(file.name)' is a truncated archive; copy or download it again")
      }
      if step.written > 0 { return UnsafeRawBufferPointer(rebasing: output[..<step.written]) }
    }
    return nil
  }

  private func refill() throws(ImagingError) {
    let piece = try file.read(upTo: 1 << 16, at: packedBytes)
    packedBytes += piece.count
    input = Array(input[used...]) + piece
    used = 0
  }

  /// The bytes after a member are another member, or are ignored.
  private func beginMember() throws(ImagingError) {
    if input.count - used < 2 { try refill() }
    isAtEnd = !input[used...].starts(with: [0x1f, 0x8b])
    if !isAtEnd { inflater.restart() }
  }
}
