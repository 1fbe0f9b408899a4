import CSPNG

/// Compressed texts of PNG files.
enum Inflation {
  /// Pillow refuses texts that are larger once inflated.
  private static let largest = 1 << 20

  /// What a zlib stream holds, as far as it goes; nil where it is damaged or too large.
  static func inflate(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = [UInt8](bytes)
    var status = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: largest) { buffer, count in
      input.withUnsafeMutableBufferPointer { source in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(buffer.count)
        status = CSPNG.inflate(&stream, Z_FINISH)
        count = buffer.count - Int(stream.avail_out)
      }
    }
    // Z_BUF_ERROR: the input or the space ended early.
    let isWhole = status == Z_STREAM_END || status == Z_BUF_ERROR && stream.avail_out > 0
    return isWhole ? output[...] : nil
  }
}
