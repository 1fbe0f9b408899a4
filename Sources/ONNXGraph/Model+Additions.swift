import Foundation
import ONNXProto

extension Model {
  /// How this model differs from a classifier with the nodes of an ``Appendix``, with one sentence for each
  /// deviation; empty if it does not differ.
  ///
  /// Every node, constant, input and output of the classifier must be here unchanged. Additional nodes may
  /// only read the classifier: they have names of Oddity's, do not write tensors of the classifier, and are
  /// standard operators without bodies.
  ///
  /// - Parameters:
  ///   - classifier: read in the same way as this model, so that both have gone through the same changes.
  ///   - outputs: the names of the additional outputs.
  package func deviations(from classifier: Model, adding outputs: Set<String>) throws(GraphError) -> [String]
  {
    let (ours, theirs) = (try decode(bytes, name: name), try decode(classifier.bytes, name: classifier.name))
    var files = WeightFiles()
    return try ours.setDeviations(from: theirs)
      + ours.graph.nodeDeviations(from: theirs.graph, adding: outputs)
      + ours.graph.constantDeviations(from: theirs.graph, files: &files)
      + ours.graph.edgeDeviations(from: theirs.graph, adding: outputs)
  }
}

extension Onnx_ModelProto {
  fileprivate func setDeviations(from classifier: Onnx_ModelProto) -> [String] {
    func sets(_ model: Onnx_ModelProto) -> [String: Int64] {
      Dictionary(model.opsetImport.map { ($0.domain.standardised, $0.version) }, uniquingKeysWith: { $1 })
    }
    return sets(self) == sets(classifier) ? [] : ["its operator sets differ from those of the classifier"]
  }
}

extension Onnx_GraphProto {
  /// The names of all tensors that the graph reads or writes.
  fileprivate var tensors: Set<String> {
    Set(input.map(\.name)).union(initializer.map(\.name)).union(node.flatMap(\.output)).subtracting([""])
  }

  fileprivate func nodeDeviations(from classifier: Onnx_GraphProto, adding outputs: Set<String>) -> [String] {
    let known = Set(classifier.node)
    let present = Set(node)
    let taken = classifier.tensors
    let lost = classifier.node.filter { !present.contains($0) }.map {
      "the classifier's node '\($0.output.first ?? $0.name)' (\($0.opType)) is missing or changed"
    }
    return lost
      + node.filter { !known.contains($0) }.compactMap { $0.deviation(taken: taken, adding: outputs) }
  }

  fileprivate func constantDeviations(
    from classifier: Onnx_GraphProto, files: inout WeightFiles
  ) throws(GraphError) -> [String] {
    let present = Dictionary(first: initializer.map { ($0.name, $0) })
    var deviations: [String] = []
    for tensor in classifier.initializer {
      guard let ours = present[tensor.name], try files.areEqual(ours, tensor) else {
        deviations.append("the classifier's constant '\(tensor.name)' is missing or changed")
        continue
      }
    }
    let known = Set(classifier.initializer.map(\.name))
    let strange = initializer.map(\.name).filter { !known.contains($0) && !$0.hasPrefix(Appendix.prefix) }
    return deviations + strange.map { "the constant '\($0)' is neither the classifier's nor Oddity's" }
  }

  fileprivate func edgeDeviations(from classifier: Onnx_GraphProto, adding outputs: Set<String>) -> [String] {
    let added = output.filter { value in !classifier.output.contains { $0.name == value.name } }
    let lost = classifier.output.filter { !output.contains($0) }
    return (input == classifier.input ? [] : ["its inputs differ from those of the classifier"])
      + lost.map { "the classifier's output '\($0.name)' is missing or changed" }
      + added.filter { !outputs.contains($0.name) }.map {
        "the output '\($0.name)' is not one that Oddity adds"
      }
      + outputs.sorted().filter { name in !added.contains { $0.name == name } }.map {
        "the output '\($0)' is missing"
      }
      + (sparseInitializer == classifier.sparseInitializer
        && quantizationAnnotation == classifier.quantizationAnnotation
        ? [] : ["it has sparse constants or notes on quantisation that the classifier lacks"])
  }
}

extension Onnx_NodeProto {
  /// Why a node cannot be one that Oddity appends; nil if it can.
  fileprivate func deviation(taken: Set<String>, adding outputs: Set<String>) -> String? {
    let what = "the node '\(output.first ?? name)' (\(opType))"
    if let tensor = output.first(where: taken.contains) {
      return "\(what) writes the classifier's tensor '\(tensor)'"
    }
    if output.contains(where: { !$0.isEmpty && !$0.hasPrefix(Appendix.prefix) && !outputs.contains($0) }) {
      return "\(what) is neither the classifier's nor Oddity's"
    }
    if !domain.isStandard {
      return "\(what) is an operator of '\(domain)', but Oddity adds only standard operators"
    }
    if attribute.contains(where: { $0.hasG || !$0.graphs.isEmpty }) {
      return "\(what) contains a subgraph, but Oddity adds none"
    }
    return nil
  }
}

/// The contents of constants, including those in separate files, each of which is opened once.
private struct WeightFiles {
  private var open: [String: Data] = [:]

  mutating func areEqual(_ a: Onnx_TensorProto, _ b: Onnx_TensorProto) throws(GraphError) -> Bool {
    guard a.dataLocation == .external || b.dataLocation == .external else { return a.plain == b.plain }
    guard a.dims == b.dims, a.dataType == b.dataType else { return false }
    return try bytes(of: a) == bytes(of: b)
  }

  private mutating func bytes(of tensor: Onnx_TensorProto) throws(GraphError) -> Data {
    guard tensor.dataLocation == .external else { return tensor.rawData }
    let location = try ExternalLocation(tensor)
    let file: Data
    if let known = open[location.path] {
      file = known
    } else {
      do {
        file = try Data(contentsOf: URL(filePath: location.path), options: .alwaysMapped)
      } catch {
        throw GraphError(.externalData, "cannot read the weights in \(location.path): \(systemReason(error))")
      }
      open[location.path] = file
    }
    let length = location.length ?? max(0, file.count - location.offset)
    guard location.offset <= file.count, length <= file.count - location.offset else {
      throw GraphError(.externalData, "\(location.path) ends before the weights '\(tensor.name)' do")
    }
    return file[file.startIndex + location.offset..<file.startIndex + location.offset + length]
  }
}

extension Onnx_TensorProto {
  /// The tensor without documentation and other remarks.
  fileprivate var plain: Onnx_TensorProto {
    var tensor = self
    tensor.docString = ""
    tensor.externalData = []
    tensor.clearDataLocation()
    return tensor
  }
}
