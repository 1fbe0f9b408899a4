import CLoader
import Foundation

/// A library that was opened at run time. It is never closed, because its threads outlive any engine.
///
/// Unchecked, because the loader's handle may be used from any thread.
package struct SharedLibrary: @unchecked Sendable {
  package let handle: UnsafeMutableRawPointer
  /// What the loader was given: a path, or a bare name that it looked up.
  package let file: String

  /// Opens the first of the search's candidates that the loader accepts.
  ///
  /// - Parameters:
  ///   - title: the name of the library in errors, such as "OpenVINO".
  ///   - advice: what to do if there is none.
  /// - Throws: `EngineError` `.engineMissing`.
  package init(_ candidates: [String], title: String, advice: String) throws(EngineError) {
    var refusals: [String] = []
    for candidate in candidates {
      if let handle = dlopen(candidate, RTLD_NOW | RTLD_LOCAL) {
        (self.handle, file) = (handle, candidate)
        return
      }
      refusals.append(dlerror().map { String(cString: $0) } ?? candidate)
    }
    // A single candidate is a file that the user named.
    let named = candidates.count == 1 ? " at \(candidates[0])" : ""
    throw EngineError(
      .engineMissing, "the engine \(title) was not found\(named): \(advice)",
      underlying: refusals.joined(separator: "\n"))
  }

  /// The path of the file that holds an address of the library, where the loader tells it.
  package func path(of address: UnsafeRawPointer) -> String {
    cloader_path(address).map { String(cString: $0) } ?? file
  }
}
