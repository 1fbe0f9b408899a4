import Foundation
import TestSupport

extension TemporaryFolder {
  func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: url.appending(path: name))) }

  /// Writes a file, and its parent folders.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  func floats(_ name: String) throws -> [Float] {
    try Data(contentsOf: url.appending(path: name)).withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Float.self) }
    }
  }
}

/// A folder that a reference script has filled, and the script's output.
struct Reference<Manifest: Decodable & Sendable>: Sendable {
  let folder: TemporaryFolder
  let manifest: Manifest

  init(_ script: String, arguments: [String] = []) throws {
    folder = try TemporaryFolder()
    let output = try PythonReference.run(script, arguments: [folder.url.path] + arguments)
    manifest = try JSONDecoder().decode(Manifest.self, from: output)
  }
}
