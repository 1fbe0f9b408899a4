import Foundation

/// Strings as C reads them.
struct CStrings {
  private let texts: [String]

  init(_ texts: [String]) { self.texts = texts }

  /// Passes on the strings, which are valid within `use` alone.
  func withPointers<Result>(_ use: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { use($0.baseAddress) }
  }
}
