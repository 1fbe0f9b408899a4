import Foundation

/// An ONNX file in memory.
package struct NetworkFile: Sendable {
  package let bytes: Data
  /// The name of the file in errors.
  package let name: String
  /// Paths of weight files, as the absolute paths in the bytes.
  package let weightFiles: [String]

  package init(_ bytes: Data, name: String = "the model", weightFiles: [String] = []) {
    (self.bytes, self.name, self.weightFiles) = (bytes, name, weightFiles)
  }
}
