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
