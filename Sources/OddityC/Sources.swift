import COddity
import Foundation
import Imaging
import Oddity
import Synchronization

/// A source that a caller composes.
final class SourceBuilder: Sendable {
  private struct State {
    /// The opened sources. Images in memory that were added before one of them are parts too.
    var parts: [any ImageSource] = []
    /// Images in memory that were added after all parts.
    var images = MemorySource()
  }

  private let state = Mutex(State())

  func add(_ sources: [any ImageSource]) {
    state.withLock { state in
      if !state.images.items.isEmpty { state.parts.append(state.images) }
      state.images = MemorySource(countingOn: state.images)
      state.parts += sources
    }
  }

  func add(_ image: EncodedImage, named name: String) {
    state.withLock { $0.images.append(image, named: name) }
  }

  func add(rows: [EncodedImage], of name: String, labels: [Int]?) {
    state.withLock { $0.images.append(rows: rows, of: name, labels: labels) }
  }

  /// Everything that was added so far, as one source.
  var source: any ImageSource {
    let (parts, images) = state.withLock { ($0.parts, $0.images) }
    let all = parts + (images.items.isEmpty && !parts.isEmpty ? [] : [images])
    return all.count == 1 ? all[0] : JoinedSource(all)
  }

  private static let scheme = "memory:"

  /// The source named "memory:NUMBER", if it contains images.
  static let named = NamedSources { spec in
    guard spec.hasPrefix(scheme), let handle = oddity_handle(spec.dropFirst(scheme.count)),
      let source = try? Handles.object(handle, as: SourceBuilder.self).source, !source.items.isEmpty
    else { return nil }
    return source
  }
}

@c @implementation
public func oddity_source_new(
  _ source: UnsafeMutablePointer<oddity_handle>?, _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) { try source.receive(SourceBuilder(), "source") }
}

@c @implementation
public func oddity_source_add_paths(
  _ source: oddity_handle, _ paths: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int64,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let builder = try Handles.object(source, as: SourceBuilder.self)
    builder.add(try ImageSources.openJoiningImages(requiredTexts(paths, count: Int(count), "paths")))
  }
}

@c @implementation
public func oddity_source_add_file(
  _ source: oddity_handle, _ name: UnsafePointer<CChar>?, _ bytes: UnsafeRawPointer?, _ count: Int,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let builder = try Handles.object(source, as: SourceBuilder.self)
    guard count >= 0 else { throw Failure.usage("the count is \(count), but it cannot be negative") }
    let name = try requiredText(name, "name")
    let content = count == 0 ? Data() : Data(bytes: try required(bytes, "bytes"), count: count)
    builder.add(EncodedImage(content, name: name), named: name)
  }
}

@c @implementation
public func oddity_source_add_pixels(
  _ source: oddity_handle, _ name: UnsafePointer<CChar>?, _ pixels: UnsafePointer<UInt8>?, _ count: Int64,
  _ height: Int64, _ width: Int64, _ channels: Int64, _ labels: UnsafePointer<Int64>?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let builder = try Handles.object(source, as: SourceBuilder.self)
    guard [1, 3, 4].contains(channels) else {
      throw Failure.usage(
        "the array has \(channels) channels, but a picture has 1 (grey), 3 (RGB) or 4 (RGBA), on the last "
          + "axis")
    }
    let array = try ImageArray(pixels, "pixels", count: count, sides: [height, width, channels])
    let rows = array.rows.map { row in
      EncodedImage.pixels(
        PixelImage(width: Int(width), height: Int(height), channels: Int(channels), pixels: Array(row)))
    }
    builder.add(rows: rows, of: try requiredText(name, "name"), labels: array.values(of: labels))
  }
}

@c @implementation
public func oddity_source_add_tensors(
  _ source: oddity_handle, _ name: UnsafePointer<CChar>?, _ values: UnsafePointer<Float>?, _ count: Int64,
  _ sides: UnsafePointer<Int64>?, _ labels: UnsafePointer<Int64>?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let builder = try Handles.object(source, as: SourceBuilder.self)
    let sides = Array(UnsafeBufferPointer(start: try required(sides, "sides"), count: 3))
    let array = try ImageArray(values, "values", count: count, sides: sides)
    let shape = sides.map { Int($0) }
    let rows = array.rows.map { EncodedImage.tensor(Array($0), shape: shape) }
    builder.add(rows: rows, of: try requiredText(name, "name"), labels: array.values(of: labels))
  }
}

/// An array of images in the caller's memory.
private struct ImageArray<Element> {
  private let elements: UnsafeBufferPointer<Element>
  private let count: Int
  private let length: Int

  /// - Throws: ``Failure`` for invalid sides, and if the memory is missing.
  init(_ start: UnsafePointer<Element>?, _ name: String, count: Int64, sides: [Int64]) throws {
    guard count > 0, sides.allSatisfy({ $0 > 0 }),
      let total = ([count] + sides).map({ Int($0) }).declaredProduct
    else {
      throw Failure.usage(
        "an array of \(([count] + sides).map(String.init).joined(separator: "×")) holds no images")
    }
    elements = UnsafeBufferPointer(start: try required(start, name), count: total)
    (self.count, length) = (Int(count), total / Int(count))
  }

  var rows: [UnsafeBufferPointer<Element>] {
    (0..<count).map { UnsafeBufferPointer(rebasing: elements[$0 * length..<($0 + 1) * length]) }
  }

  func values(of labels: UnsafePointer<Int64>?) -> [Int]? {
    labels.map { UnsafeBufferPointer(start: $0, count: count).map { Int($0) } }
  }
}

@c @implementation
public func oddity_source_count(
  _ source: oddity_handle, _ count: UnsafeMutablePointer<Int64>?, _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let source = try Handles.object(source, as: SourceBuilder.self).source
    try required(count, "count").pointee = Int64(source.items.count)
  }
}

@c @implementation
public func oddity_source_names(
  _ source: oddity_handle, _ names: UnsafeMutablePointer<oddity_handle>?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let source = try Handles.object(source, as: SourceBuilder.self).source
    try names.receive(JSONValue.array(source.items.map { .string($0.name) }).bytes, "names")
  }
}

extension JSONValue {
  /// The value as a text of one line.
  var bytes: Bytes { Bytes(line.utf8) }
}
