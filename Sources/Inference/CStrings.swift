import Foundation

/// Strings as C reads them.
package struct CStrings {
  private let texts: [String]

  package init(_ texts: [String]) { self.texts = texts }

  /// Passes the strings to `use`. They are valid only during that call.
  package func withPointers<Result>(_ use: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { use($0.baseAddress) }
  }
}
