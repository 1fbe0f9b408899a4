/// From 0...largest to 0...255, with Python's rounding: halves to the even number.
struct PNMScale {
  let largest: Int
  private let table: [UInt8]

  init(largest: Int, bitsKept: Int) {
    self.largest = largest
    let white = bitsKept == 16 ? 65535.0 : 255.0
    table = (0...largest).map { value in
      let scaled = Int((Double(value) / Double(largest) * white).rounded(.toNearestOrEven))
      return UInt8(bitsKept == 16 ? scaled >> 8 : scaled)
    }
  }

  /// Values above the largest count as the largest.
  subscript(value: Int) -> UInt8 { table[min(value, largest)] }
}
