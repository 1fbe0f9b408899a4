import Foundation
import OddityScores
import ONNXGraph

extension SHA256 {
  /// SHA-256 of a model's file, in hexadecimal.
  ///
  /// - Throws: ``GraphError`` `.unreadable`, naming the file.
  package static func hex(ofModel file: URL) throws(GraphError) -> String {
    hash(data: try Model.checkedContent(of: file)).hex
  }
}

extension GuardedModel {
  /// Compares the model with the classifier that it is said to be made of.
  ///
  /// Nothing is run. Copies that a converter made are other files, and deviate.
  ///
  /// - Throws: ``GraphError`` where the classifier cannot be read, ``OddityError`` `.badModel` where this model's own parts are damaged.
  public func provenance(of classifier: URL) throws -> Provenance {
    let plain = try Model(contentsOf: classifier)
    let added = Set(scoreOutputs + Output.decisions + (metadata.map == nil ? [] : [Output.map]))
    let problems =
      try model.deviations(from: plain, adding: added) + rawInputDeviations() + calibrationDeviations()
    return Provenance(
      classifier: classifier.relativePath,
      isSameFile: try SHA256.hex(ofModel: classifier) == metadata.sourceSHA256,
      problems: problems)
  }

  /// Whether the nodes before the classifier are those that its preprocessing asks for.
  private func rawInputDeviations() throws -> [String] {
    guard metadata.rawInput != nil, let file else { return [] }
    let read = try Model(contentsOf: file)
    var computations = Computations()
    let numbers = try [read, written].map { try computations.numbers(of: [Output.score], in: $0, from: []) }
    return numbers[0] == numbers[1]
      ? [] : ["the nodes that prepare pixels are not those of its preprocessing"]
  }

  /// Whether p-values and verdicts follow from the calibration scores; that the threshold does is known since the file was read.
  private func calibrationDeviations() throws -> [String] {
    guard let calibration = try storedCalibration() else {
      return ["it does not carry its calibration scores, since an earlier Oddity fitted it"]
    }
    let starts: Set = [Output.score, metadata.logits]
    var computations = Computations()
    let expected = try possibleDecisions(calibration).map {
      try computations.numbers(of: Output.decisions, in: $0, from: starts)
    }
    let found = try computations.numbers(of: Output.decisions, in: model, from: starts)
    let changed = Output.decisions.indices.filter { output in
      !expected.contains { $0[output] == found[output] }
    }
    return changed.map {
      "the output '\(Output.decisions[$0])' is not computed from the calibration scores in the file"
    }
  }

  /// Models with the nodes of a calibration as a fit or a recalibration writes them. It reads the logits, and their form, which decides how,
  /// stands nowhere in the file. An earlier Oddity did not look whether logits are numbers.
  private func possibleDecisions(_ calibration: DetectorCalibration) throws -> [Model] {
    let uncalibrated = try UncalibratedModel(self)
    let classes = metadata.classes
    let forms = [[classes], [classes, 1]].flatMap { dims in
      [ElementType.float, .float16].map {
        LogitTensor(tensor: metadata.logits, classes: classes, dims: dims, type: $0)
      }
    }
    return try [true, false].flatMap { looksAtLogits in
      try forms.map { form in
        let graph = GuardedGraph(
          uncalibrated, calibration: calibration, logits: form, looksAtLogits: looksAtLogits)
        return try Model(bytes: graph.appendix.appended(to: graph.model), name: model.name)
      }
    }
  }
}
