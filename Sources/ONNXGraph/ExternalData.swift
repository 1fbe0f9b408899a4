import Foundation
import ONNXProto

/// The position of a tensor's bytes in a file beside the model.
struct ExternalLocation {
  let tensor: String
  let path: String
  let offset: Int
  let length: Int?

  /// - Throws: ``GraphError`` if an entry is not a number or there is no path.
  init(_ tensor: Onnx_TensorProto) throws(GraphError) {
    let entries = Dictionary(first: tensor.externalData.map { ($0.key, $0.value) })
    guard let location = entries["location"], !location.isEmpty else {
      throw GraphError(.externalData, "tensor '\(tensor.name)' names no file for its external data")
    }
    (self.tensor, path) = (tensor.name, location)
    offset = try ExternalLocation.number(entries["offset"], of: tensor.name) ?? 0
    length = try ExternalLocation.number(entries["length"], of: tensor.name)
  }

  private static func number(_ text: String?, of tensor: String) throws(GraphError) -> Int? {
    guard let text else { return nil }
    guard let value = Int(text), value >= 0 else {
      throw GraphError(
        .externalData, "tensor '\(tensor)' has external data at '\(text)', which is not a valid position")
    }
    return value
  }
}

/// The data files in the folder of a model. Each is opened once, and paths that lead out of the folder are
/// refused.
struct ExternalFiles {
  /// The name of the model in errors.
  private let model: String
  private let folder: URL
  private var open: [String: Data] = [:]

  init(of model: String, folder: URL) {
    self.model = model
    self.folder = folder.resolvingSymlinksInPath()
  }

  /// The bytes of a tensor, mapped, not copied.
  mutating func bytes(of tensor: Onnx_TensorProto) throws(GraphError) -> Data {
    let location = try ExternalLocation(tensor)
    let file = try contents(location)
    let length = location.length ?? max(0, file.count - location.offset)
    let (end, overflow) = location.offset.addingReportingOverflow(length)
    guard !overflow, end <= file.count else {
      throw GraphError(
        .externalData,
        "\(location.path), which holds weights of \(model), ends at byte \(file.count), before the end of "
          + "tensor '\(tensor.name)': copy it again from the same export as the model")
    }
    let start = file.startIndex + location.offset
    return file[start..<start + length]
  }

  func file(_ location: ExternalLocation) throws(GraphError) -> URL {
    let path = location.path
    let url = folder.appendingPathComponent(path).resolvingSymlinksInPath()
    let inside = url.path.hasPrefix(folder.path.hasSuffix("/") ? folder.path : folder.path + "/")
    guard !path.hasPrefix("/"), inside else {
      throw GraphError(
        .externalData,
        "\(model) keeps the weights '\(location.tensor)' in '\(path)', outside its own folder, and Oddity "
          + "reads no files there: save the model with its data in the same folder")
    }
    return url
  }

  private mutating func contents(_ location: ExternalLocation) throws(GraphError) -> Data {
    let path = location.path
    if let data = open[path] { return data }
    let url = try file(location)
    do {
      let data = try Data(contentsOf: url, options: .alwaysMapped)
      open[path] = data
      return data
    } catch {
      let isAbsent = !FileManager.default.fileExists(atPath: url.path)
      throw GraphError(
        .externalData,
        isAbsent
          ? "\(model) keeps its weights in \(path), which is not in the same folder: copy both into one "
            + "folder"
          : "cannot read \(path), in which \(model) keeps its weights: \(systemReason(error))",
        underlying: error)
    }
  }
}

extension Onnx_ModelProto {
  /// Resolves tensors that are stored in files beside the model. Up to `limit` bytes in total are copied into
  /// the message. Above that, initializers stay in their files, and the message contains the absolute paths.
  /// ONNX Runtime does not accept such paths in nested bodies, so tensors of bodies are always copied.
  ///
  /// - Parameter name: the name of the model in errors.
  /// - Returns: whether there were any.
  mutating func resolveExternalData(
    of name: String, folder: URL, embeddingUpTo limit: Int
  ) throws(GraphError) -> Bool {
    var files = ExternalFiles(of: name, folder: folder)
    var total = 0
    try graph.forEachExternalTensor { tensor throws(GraphError) in
      total += try files.bytes(of: tensor).count
    }
    let initializers = Set(graph.initializer.map(\.name))
    try graph.forEachExternalTensor { tensor throws(GraphError) in
      if total <= limit || !initializers.contains(tensor.name) {
        tensor.rawData = try files.bytes(of: tensor)
        tensor.externalData = []
        tensor.clearDataLocation()
      } else {
        tensor.setLocation(try files.file(ExternalLocation(tensor)).path)
      }
    }
    return total > 0
  }
}

extension Onnx_GraphProto {
  /// The files that contain initializers, each once.
  var weightFiles: [String] {
    let outside = initializer.filter { $0.dataLocation == .external }
    return Set(outside.flatMap(\.externalData).filter { $0.key == "location" }.map(\.value)).sorted()
  }

  /// Visits every tensor whose bytes are outside the message, including those of nested bodies.
  mutating func forEachExternalTensor(
    _ body: (inout Onnx_TensorProto) throws(GraphError) -> Void
  ) throws(GraphError) {
    for index in initializer.indices where initializer[index].dataLocation == .external {
      try body(&initializer[index])
    }
    for index in node.indices {
      for position in node[index].attribute.indices {
        let attribute = node[index].attribute[position]
        if attribute.hasT, attribute.t.dataLocation == .external {
          try body(&node[index].attribute[position].t)
        }
        if attribute.hasG { try node[index].attribute[position].g.forEachExternalTensor(body) }
      }
    }
  }
}

extension Onnx_TensorProto {
  fileprivate mutating func setLocation(_ path: String) {
    for index in externalData.indices where externalData[index].key == "location" {
      externalData[index].value = path
    }
  }
}

extension Model {
  /// The model as it is saved under a file name.
  ///
  /// Data that stayed in separate files get names made from the name of the model, and the bytes refer to
  /// these names. Absolute paths are never saved.
  ///
  /// - Returns: the bytes of the file, and the files to copy beside it, by the names that the bytes refer to.
  package func savable(
    as fileName: String
  ) throws(GraphError) -> (bytes: Data, companions: [(source: URL, name: String)]) {
    guard !weightFiles.isEmpty else { return (bytes, []) }
    var proto = try decode(bytes, name: fileName)
    var names: [String: String] = [:]
    try proto.graph.forEachExternalTensor { tensor throws(GraphError) in
      let path = try ExternalLocation(tensor).path
      let name = names[path] ?? "\(fileName).data" + (names.isEmpty ? "" : ".\(names.count)")
      names[path] = name
      tensor.setLocation(name)
    }
    let companions = names.sorted { $0.value < $1.value }.map { (URL(fileURLWithPath: $0.key), $0.value) }
    return (try encode(proto, name: fileName), companions)
  }
}
