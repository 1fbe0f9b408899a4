import Foundation

extension TensorArchive {
  /// An array to be written.
  package struct Array {
    enum Content {
      case bytes(Data)
      case rows(RowFile)
    }

    let name: String
    let element: Element
    let shape: [Int]
    let content: Content

    package init(_ name: String, _ values: [UInt8], shape: [Int]? = nil) {
      self.init(name, .uint8, shape ?? [values.count], Data(values))
    }

    package init(_ name: String, _ values: [Int32], shape: [Int]? = nil) {
      self.init(name, .int32, shape ?? [values.count], Data(littleEndian: values))
    }

    package init(_ name: String, _ values: [UInt64], shape: [Int]? = nil) {
      self.init(name, .uint64, shape ?? [values.count], Data(littleEndian: values))
    }

    package init(_ name: String, _ values: [Float], shape: [Int]? = nil) {
      self.init(name, .float32, shape ?? [values.count], Data(littleEndian: values.map(\.bitPattern)))
    }

    package init(_ name: String, _ values: [Double], shape: [Int]? = nil) {
      self.init(name, .float64, shape ?? [values.count], Data(littleEndian: values.map(\.bitPattern)))
    }

    /// [rows, width]
    package init(_ name: String, _ rows: RowFile) {
      (self.name, element, shape, content) = (name, .float32, [rows.count, rows.width], .rows(rows))
    }

    private init(_ name: String, _ element: Element, _ shape: [Int], _ bytes: Data) {
      (self.name, self.element, self.shape, content) = (name, element, shape, .bytes(bytes))
      precondition(bytes.count == byteCount, "as many values as the shape says")
    }

    var byteCount: Int { shape.reduce(element.size, *) }
  }

  /// Writes an archive. The caller commits the file.
  ///
  /// - Throws: ``OddityError`` `.output`, also if a temporary file of rows cannot be read.
  package static func write(_ arrays: [Array], metadata: [String: String], to file: AtomicFile) async throws {
    var header = Header()
    header.metadata = metadata
    var offset = 0
    for array in arrays {
      let end = offset + array.byteCount
      header.entries[array.name] = Entry(dtype: array.element, shape: array.shape, offsets: [offset, end])
      offset = end
    }
    header.entries[checksum] = Entry(
      dtype: .uint8, shape: [checksumLength], offsets: [offset, offset + checksumLength])
    var hash = SHA256()
    func put(_ data: Data) throws {
      hash.update(data: data)
      try file.write(data)
    }
    let json = Data(try header.json().utf8)
    // Readers of the format expect arrays to begin at a multiple of eight.
    let padded = json + Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    try put(Data(littleEndian: [UInt64(padded.count)]))
    try put(padded)
    for array in arrays {
      switch array.content {
      case .bytes(let data): try put(data)
      case .rows(let rows):
        try await rows.forEachStretch(of: rowsAtOnce) { values, _ in
          try put(Data(littleEndian: values.map(\.bitPattern)))
        }
      }
    }
    try file.write(Data(hash.finalize().bytes))
  }

  private static let rowsAtOnce = 256
}
