import Foundation
import ONNXProto

/// Where a tensor's bytes lie in a file beside the model.
struct ExternalLocation {
  let path: String
  let offset: Int
  let length: Int?

  /// - Throws: ``GraphError`` where an entry is no number or there is no path.
  init(_ tensor: Onnx_TensorProto) throws(GraphError) {
    let entries = Dictionary(
      tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    guard let location = entries["location"], !location.isEmpty else {
      throw GraphError(.externalData, "tensor '\(tensor.name)' names no file for its external data")
    }
    path = location
    offset = try ExternalLocation.number(entries["offset"], of: tensor.name) ?? 0
    length = try ExternalLocation.number(entries["length"], of: tensor.name)
  }

  private static func number(_ text: String?, of tensor: String) throws(GraphError) -> Int? {
    guard let text else { return nil }
    guard let value = Int(text), value >= 0 else {
      throw GraphError(
        .externalData, "tensor '\(tensor)' has external data at '\(text)', which is no position")
    }
    return value
  }
}

/// Opens the data files of one model folder, each once, and refuses paths that lead out of it.
private struct ExternalFiles {
  let folder: URL
  private var open: [String: Data] = [:]

  init(folder: URL) {
    self.folder = folder.resolvingSymlinksInPath()
  }

  mutating func bytes(_ location: ExternalLocation, of tensor: String) throws(GraphError) -> Data {
    let file = try contents(location.path, of: tensor)
    let length = location.length ?? max(0, file.count - location.offset)
    let (end, overflow) = location.offset.addingReportingOverflow(length)
    guard !overflow, end <= file.count else {
      throw GraphError(
        .externalData,
        "external data \(location.path) is too short for tensor '\(tensor)': it ends at byte "
          + "\(file.count), the tensor at \(overflow ? Int.max : end)")
    }
    let start = file.startIndex + location.offset
    return file[start..<start + length]
  }

  private mutating func contents(_ path: String, of tensor: String) throws(GraphError) -> Data {
    if let data = open[path] { return data }
    let url = folder.appendingPathComponent(path).resolvingSymlinksInPath()
    let inside = url.path.hasPrefix(folder.path.hasSuffix("/") ? folder.path : folder.path + "/")
    guard !path.hasPrefix("/"), inside else {
      throw GraphError(
        .externalData,
        "external data '\(path)' of tensor '\(tensor)' lies outside the model's folder: refused")
    }
    do {
      let data = try Data(contentsOf: url, options: .alwaysMapped)
      open[path] = data
      return data
    } catch {
      throw GraphError(
        .externalData,
        "cannot read the external data \(url.path); it belongs beside the model", underlying: error)
    }
  }
}

extension Onnx_ModelProto {
  /// Brings tensors that lie in files beside the model into the message.
  ///
  /// - Returns: whether there were any.
  mutating func embedExternalData(folder: URL) throws(GraphError) -> Bool {
    var files = ExternalFiles(folder: folder)
    return try graph.embedExternalData(from: &files)
  }
}

extension Onnx_GraphProto {
  fileprivate mutating func embedExternalData(from files: inout ExternalFiles) throws(GraphError) -> Bool {
    var found = false
    for index in initializer.indices where initializer[index].dataLocation == .external {
      try initializer[index].embed(from: &files)
      found = true
    }
    for index in node.indices {
      for attribute in node[index].attribute.indices {
        if node[index].attribute[attribute].t.dataLocation == .external {
          try node[index].attribute[attribute].t.embed(from: &files)
          found = true
        }
        if node[index].attribute[attribute].hasG,
          try node[index].attribute[attribute].g.embedExternalData(from: &files)
        {
          found = true
        }
      }
    }
    return found
  }
}

extension Onnx_TensorProto {
  fileprivate mutating func embed(from files: inout ExternalFiles) throws(GraphError) {
    rawData = try files.bytes(ExternalLocation(self), of: name)
    externalData = []
    clearDataLocation()
  }
}
