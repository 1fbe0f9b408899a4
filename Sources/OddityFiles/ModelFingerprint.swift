import Foundation
import ONNXGraph

/// SHA-256 of a model and of its external data, in hexadecimal.
package enum ModelFingerprint {
  package static func hex(of model: Model) throws -> String {
    let whole = try model.savable(as: "model")
    var hash = SHA256()
    hash.update(data: whole.bytes)
    for companion in whole.companions {
      hash.update(data: try Data(contentsOf: companion.source, options: .alwaysMapped))
    }
    return hash.finalize().hex
  }
}
