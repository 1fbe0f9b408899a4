import Foundation
import ONNXProto
import SwiftProtobuf

/// An ONNX model: its graph, its bytes and its metadata.
///
/// The bytes of the file are kept as they were read. Additions are appended to them (protobuf merges
/// concatenated messages), so weights are never re-encoded.
package struct Model: Sendable {
  /// The name of the model in errors: its path as it was given.
  package let name: String
  package let graph: Graph
  /// The version of the standard operator set that the model uses.
  package let opset: Int
  /// Free-form strings stored with the model.
  package let metadata: [String: String]
  /// The model in one message, which the engine reads, and which is saved unless the model keeps external
  /// data.
  package let bytes: Data

  let irVersion: Int
  /// The files with the bytes of some tensors, by the absolute paths that are in `bytes`, each once.
  package let weightFiles: [String]

  /// The oldest operator set in which nodes can be appended.
  package static let oldestOpset = 11
  /// Far above any future operator set. An engine may count up to the stated set, and would not finish with a
  /// trillion.
  private static let newestImagined = 1_000
  /// The oldest operator set that can be raised to ``oldestOpset``.
  static let oldestRaised = 7
  /// Up to this size, external data is copied into the message. protobuf is limited to 2 GiB.
  package static let embeddingLimit = 1 << 30

  /// Reads a model file and its external data, if it has any. Calls of local functions are inlined.
  ///
  /// - Parameter limit: if there are more bytes of external data, they stay in their files.
  /// - Throws: ``GraphError`` naming the file.
  package init(contentsOf url: URL, embeddingUpTo limit: Int = Model.embeddingLimit) throws(GraphError) {
    let name = url.relativePath
    let data = try Model.checkedContent(of: url)
    var proto = try decode(data, name: name)
    let folder = url.deletingLastPathComponent()
    let hadExternalData = try proto.resolveExternalData(of: name, folder: folder, embeddingUpTo: limit)
    let hadFunctions = !proto.functions.isEmpty
    if hadFunctions { try naming(name) { () throws(GraphError) in try proto.inlineFunctions() } }
    let hadDomains = proto.graph.leaveOutStandardDomain()
    let hadConstantInputs = proto.takeConstantsFromInputs()
    let wasOld = try naming(name) { () throws(GraphError) in try proto.raiseOperatorSet() }
    let wasSparse = try proto.graph.storeDensely()
    let hadEqualNames = proto.graph.nameNodesApart()
    let wasUnsorted = try naming(name) { () throws(GraphError) in try proto.graph.sortNodes() }
    let isEdited =
      hadExternalData || hadFunctions || hadDomains || wasOld || hadConstantInputs || wasSparse
      || hadEqualNames || wasUnsorted
    try self.init(proto, bytes: isEdited ? encode(proto, name: name) : data, name: name)
  }

  /// Reads a file and quickly refuses what is not an ONNX model: files of other formats, folders, web pages
  /// instead of downloads. A file that passes may still be damaged.
  ///
  /// - Throws: ``GraphError`` `.unreadable` or `.notONNX`, naming the file, what it is, and what to do.
  @discardableResult
  package static func checkedContent(of url: URL) throws(GraphError) -> Data {
    let name = url.relativePath
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
      throw GraphError(.notONNX, "\(name) \(ForeignFile.folder(url))")
    }
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .alwaysMapped)
    } catch {
      throw GraphError(.unreadable, "cannot read the model \(name): \(systemReason(error))")
    }
    if let foreign = ForeignFile.recognised(data, name: name) {
      throw GraphError(.notONNX, "\(name) \(foreign)")
    }
    return data
  }

  /// A model from bytes in memory. External data must have absolute paths, and functions must be inlined.
  ///
  /// - Parameter name: the name of the model in errors.
  package init(bytes: Data, name: String) throws(GraphError) {
    var proto = try decode(bytes, name: name)
    let hadConstantInputs = proto.takeConstantsFromInputs()
    let wasOld = try naming(name) { () throws(GraphError) in try proto.raiseOperatorSet() }
    let wasUnsorted = try naming(name) { () throws(GraphError) in try proto.graph.sortNodes() }
    try self.init(
      proto, bytes: wasOld || hadConstantInputs || wasUnsorted ? encode(proto, name: name) : bytes, name: name
    )
  }

  private init(_ proto: Onnx_ModelProto, bytes: Data, name: String) throws(GraphError) {
    guard proto.hasGraph, !proto.graph.node.isEmpty else {
      throw GraphError(
        .notONNX,
        "\(name) \(ForeignFile.byEnding(of: name) ?? "is not an ONNX model: it has no graph with nodes")")
    }
    guard proto.functions.isEmpty else {
      throw GraphError(
        .unsupported,
        "\(name) calls model-local functions; read it from its file, which inlines them")
    }
    self.name = name
    guard let opset = proto.standardOpset else {
      throw GraphError(
        .unsupported,
        "\(name) does not say which operator set it uses (opset_import lacks the standard one): export it again"
      )
    }
    guard proto.standardOpsets.allSatisfy({ $0 == opset }) else {
      throw GraphError(
        .unsupported,
        "\(name) names several operator sets "
          + "(\(proto.standardOpsets.map(String.init).joined(separator: ", "))), and runtimes differ in "
          + "which one they use: keep only one in opset_import")
    }
    self.opset = opset
    guard opset >= Model.oldestOpset else {
      throw GraphError(
        .unsupported,
        "\(name) uses operator set \(opset); \(Model.oldestRaised) is the oldest supported: export it "
          + "again or convert it with onnx.version_converter")
    }
    if let set = proto.opsetImport.first(where: { $0.version > Model.newestImagined }) {
      throw GraphError(
        .unsupported, "\(name) uses operator set \(set.version), which does not exist: export it again")
    }
    try naming(name) { () throws(GraphError) in try proto.graph.checkForms(opset: opset) }
    irVersion = Int(proto.irVersion)
    metadata = Dictionary(
      proto.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    graph = try naming(name) { () throws(GraphError) in try Graph(proto.graph) }
    weightFiles = proto.graph.weightFiles
    self.bytes = bytes
  }
}

extension Onnx_ModelProto {
  /// The standard operator set. Of several, it is the last one, as in ONNX Runtime; `nil` if there is none.
  var standardOpset: Int? { standardOpsets.last }

  fileprivate var standardOpsets: [Int] {
    opsetImport.filter(\.domain.isStandard).map { Int($0.version) }
  }
}

extension Onnx_GraphProto {
  /// Removes the domain from nodes that state the standard one, `ai.onnx`, because the engine only knows it
  /// without a name.
  ///
  /// - Returns: whether there were any.
  fileprivate mutating func leaveOutStandardDomain() -> Bool {
    var found = false
    for index in node.indices {
      if !node[index].domain.isEmpty, node[index].domain.isStandard {
        node[index].domain = ""
        found = true
      }
      for place in node[index].attribute.indices where node[index].attribute[place].hasG {
        found = node[index].attribute[place].g.leaveOutStandardDomain() || found
      }
    }
    return found
  }
}

func decode(_ data: Data, name: String) throws(GraphError) -> Onnx_ModelProto {
  do {
    return try Onnx_ModelProto(serializedBytes: data)
  } catch {
    if let foreign = ForeignFile.byEnding(of: name) { throw GraphError(.notONNX, "\(name) \(foreign)") }
    throw GraphError(
      .notONNX, "\(name) is not an ONNX model, or only part of one: copy or export it again",
      underlying: error)
  }
}

func encode(_ proto: Onnx_ModelProto, name: String) throws(GraphError) -> Data {
  do {
    return try proto.serializedData()
  } catch {
    throw GraphError(
      .unsupported, "\(name) is too large for one ONNX file, which can have at most 2 GiB", underlying: error)
  }
}
