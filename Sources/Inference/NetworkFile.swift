import Foundation

/// An ONNX file in memory.
package struct NetworkFile: Sendable {
  package let bytes: Data
  /// What errors call it.
  package let name: String
  /// Files that hold weights, by the absolute paths that stand in the bytes.
  package let weightFiles: [String]

  package init(_ bytes: Data, name: String = "the model", weightFiles: [String] = []) {
    (self.bytes, self.name, self.weightFiles) = (bytes, name, weightFiles)
  }
}
