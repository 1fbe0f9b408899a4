/// Reads the blocks of a GIF.
struct GIFReader {
  private var input: ByteReader

  /// Starts after the signature.
  init(_ file: ImageFile) { input = ByteReader(file: file, format: "GIF", position: 6) }

  /// Reads up to the pixels of the first frame.
  mutating func firstFrame() throws(ImagingError) -> GIFFrame {
    var frame = GIFFrame(screenWidth: try word(), screenHeight: try word())
    let flags = try input.byte()
    input.position += 2
    var palette = try self.palette(flags)
    while true {
      switch try input.byte() {
      case UInt8(ascii: ","):
        try readDescriptor(&frame, &palette)
        frame.palette = palette
        return frame
      case UInt8(ascii: "!"): try readExtension(&frame)
      case UInt8(ascii: ";"): throw input.file.damaged("GIF")
      default: continue
      }
    }
  }

  private mutating func readDescriptor(
    _ frame: inout GIFFrame, _ palette: inout [UInt8]
  ) throws(ImagingError) {
    (frame.left, frame.top) = (try word(), try word())
    (frame.width, frame.height) = (try word(), try word())
    let flags = try input.byte()
    frame.isInterlaced = flags & 64 != 0
    if flags & 128 != 0 { palette = try self.palette(flags) }
    frame.smallestCodeBits = Int(try input.byte())
    frame.screenWidth = max(frame.screenWidth, frame.left + frame.width)
    frame.screenHeight = max(frame.screenHeight, frame.top + frame.height)
  }

  private mutating func readExtension(_ frame: inout GIFFrame) throws(ImagingError) {
    let graphicControl: UInt8 = 0xf9
    let isControl = try input.byte() == graphicControl
    let content = blocks()
    if isControl, content.count >= 4, content[0] & 1 == 1 { frame.transparent = content[3] }
  }

  /// The palette, if the flags announce one; empty if it is a ramp from black to white with steps of one.
  private mutating func palette(_ flags: UInt8) throws(ImagingError) -> [UInt8] {
    guard flags & 128 != 0 else { return [] }
    let palette = Array(try input.take(3 << (Int(flags & 7) + 1)))
    return palette.enumerated().allSatisfy { Int($1) == $0 / 3 } ? [] : palette
  }

  /// The content of the blocks up to the empty one, or to the end of the file.
  mutating func blocks() -> [UInt8] {
    var content: [UInt8] = []
    while let count = input.next(), count > 0 {
      let end = min(input.position + Int(count), input.file.bytes.count)
      content += input.file.bytes[input.position..<end]
      input.position = end
    }
    return content
  }

  private mutating func word() throws(ImagingError) -> Int { try input.take(2).littleEndian }
}

/// A frame, and the screen that it is drawn on.
struct GIFFrame {
  /// At least as large as the frame requires.
  var screenWidth: Int
  var screenHeight: Int
  var left = 0
  var top = 0
  var width = 0
  var height = 0
  var isInterlaced = false
  /// Red, green, blue of each colour; empty if the indices are grey values.
  var palette: [UInt8] = []
  var transparent: UInt8?
  var smallestCodeBits = 0

  /// The positions of the frame's rows, in the order of the file.
  var rows: [Int] {
    guard isInterlaced else { return Array(0..<height) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0, to: height, by: $1)) }
  }
}
