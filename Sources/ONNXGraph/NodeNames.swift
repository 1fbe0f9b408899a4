import ONNXProto

extension Onnx_GraphProto {
  /// Gives nodes names of their own where several have one: ONNX Runtime loads no file with equal names, but some converters
  /// write them.
  ///
  /// - Returns: whether there were any.
  mutating func nameNodesApart() -> Bool {
    var taken = Set(node.map(\.name))
    guard taken.count < node.count else { return false }
    var counts: [String: Int] = [:]
    var isChanged = false
    for index in node.indices where !node[index].name.isEmpty {
      let name = node[index].name
      counts[name, default: 0] += 1
      guard counts[name] != 1 else { continue }
      while !taken.insert("\(name)_\(counts[name, default: 2])").inserted { counts[name, default: 2] += 1 }
      node[index].name = "\(name)_\(counts[name, default: 2])"
      isChanged = true
    }
    return isChanged
  }
}
