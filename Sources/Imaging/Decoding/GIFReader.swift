/// Goes through the blocks of a GIF.
struct GIFReader {
  private let file: ImageFile
  private var position = 0

  init(_ file: ImageFile) { self.file = file }

  private var bytes: [UInt8] { file.bytes }

  /// Reads up to the pixels of the first frame.
  mutating func firstFrame() throws(ImagingError) -> GIFFrame {
    position = 6
    var frame = GIFFrame(screenWidth: try word(), screenHeight: try word())
    let flags = try byte()
    position += 2
    var palette = try self.palette(flags)
    while true {
      switch try byte() {
      case UInt8(ascii: ","):
        try readDescriptor(&frame, &palette)
        frame.palette = palette
        return frame
      case UInt8(ascii: "!"): try readExtension(&frame)
      case UInt8(ascii: ";"): throw file.damaged("GIF")
      default: continue
      }
    }
  }

  private mutating func readDescriptor(
    _ frame: inout GIFFrame, _ palette: inout [UInt8]
  ) throws(ImagingError) {
    (frame.left, frame.top) = (try word(), try word())
    (frame.width, frame.height) = (try word(), try word())
    let flags = try byte()
    frame.isInterlaced = flags & 64 != 0
    if flags & 128 != 0 { palette = try self.palette(flags) }
    frame.smallestCodeBits = Int(try byte())
    frame.screenWidth = max(frame.screenWidth, frame.left + frame.width)
    frame.screenHeight = max(frame.screenHeight, frame.top + frame.height)
  }

  private mutating func readExtension(_ frame: inout GIFFrame) throws(ImagingError) {
    let graphicControl: UInt8 = 0xf9
    let isControl = try byte() == graphicControl
    let content = blocks()
    if isControl, content.count >= 4, content[0] & 1 == 1 { frame.transparent = content[3] }
  }

  /// Where the flags announce one; empty where it is a ramp from black to white, one step a colour.
  private mutating func palette(_ flags: UInt8) throws(ImagingError) -> [UInt8] {
    guard flags & 128 != 0 else { return [] }
    let count = 3 << (Int(flags & 7) + 1)
    guard position + count <= bytes.count else { throw file.truncated("GIF") }
    let palette = Array(bytes[position..<position + count])
    position += count
    return palette.enumerated().allSatisfy { Int($1) == $0 / 3 } ? [] : palette
  }

  /// The content of the blocks up to the empty one, or to the end of the file.
  mutating func blocks() -> [UInt8] {
    var content: [UInt8] = []
    while position < bytes.count, bytes[position] != 0 {
      let start = position + 1
      let end = min(start + Int(bytes[position]), bytes.count)
      content += bytes[start..<end]
      position = end
    }
    position += 1
    return content
  }

  private mutating func byte() throws(ImagingError) -> UInt8 {
    guard position < bytes.count else { throw file.truncated("GIF") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func word() throws(ImagingError) -> Int { Int(try byte()) | Int(try byte()) << 8 }
}

/// A frame, and the screen that it is drawn on.
struct GIFFrame {
  /// At least as large as the frame needs.
  var screenWidth: Int
  var screenHeight: Int
  var left = 0
  var top = 0
  var width = 0
  var height = 0
  var isInterlaced = false
  /// Red, green, blue, one colour after the other; empty where the indices are grey values.
  var palette: [UInt8] = []
  var transparent: UInt8?
  var smallestCodeBits = 0

  /// Where the frame's rows lie, in the order in which the file has them.
  var rows: [Int] {
    guard isInterlaced else { return Array(0..<height) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0, to: height, by: $1)) }
  }
}
