import Foundation

extension TensorArchive {
  /// The name of the array that protects all others.
  static let checksum = "checksum"
  static let checksumLength = 32

  /// The type of an array's elements, by its name in the header.
  enum Element: String, Codable {
    case uint8 = "U8"
    case int32 = "I32"
    case uint64 = "U64"
    case float32 = "F32"
    case float64 = "F64"

    var size: Int {
      switch self {
      case .uint8: 1
      case .int32, .float32: 4
      case .uint64, .float64: 8
      }
    }
  }

  /// The header's entry of one array.
  struct Entry: Codable {
    let dtype: Element
    let shape: [Int]
    /// The position of its first byte, and that after its last byte, counted from the end of the header.
    let offsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// The header: the arrays by name, and metadata for the reader.
  struct Header: Codable {
    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]

    static let metadataKey = "__metadata__"

    init() {}

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: ArrayName.self)
      for key in container.allKeys {
        if key.stringValue == Self.metadataKey {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: ArrayName.self)
      try container.encode(metadata, forKey: ArrayName(Self.metadataKey))
      for (name, entry) in entries { try container.encode(entry, forKey: ArrayName(name)) }
    }
  }

  private struct ArrayName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }
}
