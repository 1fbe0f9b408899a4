import Foundation
import ONNXProto

/// A model in the form in which it is saved: its file's bytes, and data files that belong beside it.
public struct SavableModel: Sendable {
  public let bytes: Data
  /// Files to copy beside the model, by the names that the bytes refer to.
  public let companions: [(source: URL, name: String)]
}

extension Model {
  /// The model as it is saved under a file name.
  ///
  /// Data that stayed in files of its own gets names made from the model's, and the bytes refer to
  /// those: no absolute path is ever saved.
  public func savable(as fileName: String) throws(GraphError) -> SavableModel {
    guard keepsExternalData else { return SavableModel(bytes: bytes, companions: []) }
    var proto = try decode(bytes, name: fileName)
    var names: [String: String] = [:]
    try proto.graph.forEachExternalTensor { tensor throws(GraphError) in
      let path = try ExternalLocation(tensor).path
      let suffix = names.isEmpty ? "" : ".\(names.count)"
      let name = names[path] ?? "\(fileName).data\(suffix)"
      names[path] = name
      tensor.setLocation(name)
    }
    let companions = names.sorted { $0.value < $1.value }.map { (URL(fileURLWithPath: $0.key), $0.value) }
    return SavableModel(bytes: try encode(proto, name: fileName), companions: companions)
  }
}
