import Foundation

extension JSONValue {
  /// Encodes `value`, with keys in the order in which it encodes them.
  ///
  /// Foundation's encoder sorts or shuffles keys, and refuses numbers that are not finite. The output format
  /// requires an order of keys, and null for such numbers. An absent optional is also null, so that every
  /// field is always present.
  package init(encoding value: some Encodable) throws {
    let node = JSONNode()
    try node.encode(value)
    self = node.value
  }
}

/// A part of the document that is being encoded.
private final class JSONNode: Encoder, SingleValueEncodingContainer {
  private var leaf = JSONValue.null
  private var items: [JSONNode]?
  private var members: [(key: String, node: JSONNode)]?

  /// Not used, because Oddity's errors do not contain a coding path.
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  var value: JSONValue {
    if let items { return .array(items.map(\.value)) }
    guard let members else { return leaf }
    return .object(members.map { JSONValue.Member(key: $0.key, value: $0.node.value) })
  }

  var count: Int { items?.count ?? 0 }

  func appended() -> JSONNode {
    let node = JSONNode()
    items?.append(node)
    return node
  }

  func member(_ key: String) -> JSONNode {
    let node = JSONNode()
    members?.append((key, node))
    return node
  }

  /// A node is null until it holds something.
  func encodeNil() {}

  func encode<Value: Encodable>(_ value: Value) throws {
    switch value {
    case let value as Bool: leaf = .bool(value)
    case let value as String: leaf = .string(value)
    case let value as Double: leaf = JSONValue(value)
    case let value as Float: leaf = JSONValue(value)
    case let value as any BinaryInteger: leaf = JSONValue(value)
    default: try value.encode(to: self)
    }
  }

  /// A value and a value that it wraps may request two containers, which share one object.
  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if members == nil { members = [] }
    return KeyedEncodingContainer(JSONObjectContainer<Key>(node: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if items == nil { items = [] }
    return JSONArrayContainer(node: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

private struct JSONObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: JSONNode
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) { _ = node.member(key.stringValue) }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try node.member(key.stringValue).encode(value)
  }

  /// The default implementations of the protocol leave absent values out, so each of them must be replaced.
  func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws {
    try encodeOrNull(value, key)
  }
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try encodeOrNull(value, key) }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try encodeOrNull(value, key) }

  private func encodeOrNull<Value: Encodable>(_ value: Value?, _ key: Key) throws {
    if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    node.member(key.stringValue).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    node.member(key.stringValue).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { node.member("super") }

  func superEncoder(forKey key: Key) -> any Encoder { node.member(key.stringValue) }
}

private struct JSONArrayContainer: UnkeyedEncodingContainer {
  let node: JSONNode
  var codingPath: [any CodingKey] { [] }
  var count: Int { node.count }

  func encodeNil() { _ = node.appended() }

  func encode<Value: Encodable>(_ value: Value) throws { try node.appended().encode(value) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    node.appended().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node.appended().unkeyedContainer() }

  func superEncoder() -> any Encoder { node.appended() }
}
