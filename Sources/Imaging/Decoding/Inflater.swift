import CZlib

/// Decompresses deflate with zlib.
final class Inflater {
  /// The wrapping of the deflate data, as zlib's number for it.
  enum Wrapping: Int32 {
    /// A header, a CRC-32 and a length, which zlib checks (RFC 1952).
    case gzip = 31
    /// A header and an Adler-32, which zlib checks (RFC 1950).
    case zlib = 15
    /// Raw deflate (RFC 1951).
    case none = -15
  }

  /// zlib stores the address, so it must not change.
  private let state: UnsafeMutablePointer<z_stream>
  private var isReady = false

  /// - Throws: `decoderMissing`.
  init(_ wrapping: Wrapping) throws(ImagingError) {
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    isReady = inflateInit2_(state, wrapping.rawValue, zlibVersion(), size) == Z_OK
    guard isReady else { throw ImagingError(.decoderMissing, "zlib cannot be started; install zlib1g") }
  }

  deinit {
    if isReady { inflateEnd(state) }
    state.deallocate()
  }

  /// Starts again for the next part.
  func restart() { inflateReset(state) }

  /// Decompresses as much of `input` as `output` has room for.
  ///
  /// - Returns: how many bytes were read and written; nil if the bytes are not deflate data, or fail their
  ///   checks.
  func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (isAtEnd: Bool, read: Int, written: Int)? {
    state.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    state.pointee.avail_in = UInt32(input.count)
    state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_out = UInt32(output.count)
    let status = CZlib.inflate(state, Z_NO_FLUSH)
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
    return (
      status == Z_STREAM_END, input.count - Int(state.pointee.avail_in),
      output.count - Int(state.pointee.avail_out)
    )
  }

  /// zlib's description of the error.
  var message: String? { state.pointee.msg.map { String(cString: $0) } }

  /// The bytes as a zlib stream without compression.
  static func stored(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let bytes = Array(bytes)
    var count = compressBound(uLong(bytes.count))
    let packed = [UInt8].filled(count: Int(count)) { output in
      compress2(output.baseAddress, &count, bytes, uLong(bytes.count), Z_NO_COMPRESSION)
    }.bytes
    return Array(packed.prefix(Int(count)))
  }

  /// The CRC-32 of bytes.
  static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
    Array(bytes).withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
  }
}
