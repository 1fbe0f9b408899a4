import Foundation
import OddityScores
import ONNXGraph

/// Whether a guarded file is a classifier with Oddity's nodes and nothing else, and says of itself what its nodes do.
public struct Provenance: Codable, Sendable, Equatable {
  /// The classifier's file.
  public let classifier: String
  /// Whether that file is, byte for byte, the one that was guarded.
  public let isSameFile: Bool
  /// One sentence for each deviation.
  public let problems: [String]

  public var isProven: Bool { problems.isEmpty }

  /// The same, with another file of an equal classifier among the deviations.
  var ofTheSameFile: Provenance {
    guard !isSameFile else { return self }
    return Provenance(
      classifier: classifier, isSameFile: false,
      problems: problems + ["\(classifier) is not the file that was guarded: its SHA-256 is another one"])
  }

  private enum CodingKeys: String, CodingKey {
    case classifier
    case isSameFile = "same_file"
    case problems
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
      isSameFile: try SHA256.hex(of: classifier) == metadata.sourceSHA256,
      problems: problems)
  }

  /// Whether the nodes before the classifier are those that its preprocessing asks for.
  private func rawInputDeviations() throws -> [String] {
    guard metadata.rawInput != nil, let file else { return [] }
    let read = try Model(contentsOf: file)
    var computations = Computations()
    let numbers = try [read, written].map { try computations.number(of: Output.score, in: $0, from: []) }
    return numbers[0] == numbers[1]
      ? [] : ["the nodes that prepare pixels are not those of its preprocessing"]
  }

  /// Whether p-values, verdicts and what the metadata say of them follow from the calibration scores.
  private func calibrationDeviations() throws -> [String] {
    let plan = try RecalibrationPlan(self, origin: .images, options: RecalibrationOptions())
    let (calibration, sample) = try plan.calibration(with: nil)
    let renewed = try plan.guarded(calibration, on: sample)
    let starts: Set = [Output.score, metadata.logits]
    var computations = Computations()
    let changed = try Output.decisions.filter { output in
      try computations.number(of: output, in: model, from: starts)
        != computations.number(of: output, in: renewed.model, from: starts)
    }
    return changed.map { "the output '\($0)' is not computed from the calibration scores in the file" }
      + (metadata.saysTheSame(as: renewed.metadata)
        ? [] : ["its metadata name another threshold than its calibration scores give"])
  }
}

extension GuardMetadata {
  /// Whether both say the same of thresholds.
  fileprivate func saysTheSame(as other: GuardMetadata) -> Bool {
    threshold == other.threshold && calibrationRank == other.calibrationRank
      && calibrationSize == other.calibrationSize && calibrationGroups == other.calibrationGroups
      && falseAlarmInterval == other.falseAlarmInterval
  }
}
