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
  /// Compares the model with the classifier that it is said to be made from.
  ///
  /// Nothing is run. Copies made by a converter are different files, so they deviate.
  ///
  /// - Throws: ``GraphError`` if the classifier cannot be read, ``OddityError`` `.badModel` if parts of this
  ///   model are damaged.
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

  /// Deviations of the nodes before the classifier from those that its preprocessing requires.
  private func rawInputDeviations() throws -> [String] {
    guard metadata.rawInput != nil, let file else { return [] }
    let read = try Model(contentsOf: file)
    var computations = Computations()
    let numbers = try [read, written].map { try computations.numbers(of: [Output.score], in: $0, from: []) }
    return numbers[0] == numbers[1]
      ? [] : ["the nodes that preprocess pixels do not match its stored preprocessing"]
  }

  /// Deviations of p-values and verdicts from the calibration scores. The threshold was already checked when
  /// the file was read.
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

  /// Models with the nodes that a fit or a recalibration writes for a calibration. These nodes read the
  /// logits in a way that depends on the form of the logits, which is not stored in the file. An earlier
  /// Oddity did not check whether logits are numbers.
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
