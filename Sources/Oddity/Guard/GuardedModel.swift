import Foundation
import ONNXGraph

/// A classifier with its detector inside: one ONNX file that any runtime runs.
public struct GuardedModel: Sendable {
  public let model: Model
  public let metadata: GuardMetadata

  /// Names of the outputs that a guarded model adds.
  public enum Output {
    public static let score = "ood_score"
    public static let pValue = "ood_p_value"
    public static let isOutlier = "ood_is_outlier"

    /// The output of the score at a position among the fitted ones: the first is `ood_score` itself.
    static func score(_ name: String, at position: Int) -> String {
      position == 0 ? score : "\(score).\(name)"
    }
  }

  /// Outputs of all scores, in the order of the metadata's.
  public var scoreOutputs: [String] {
    metadata.scores.enumerated().map { Output.score($1, at: $0) }
  }

  /// Reads a guarded model.
  ///
  /// - Throws: ``OddityError`` `.notGuarded` for a plain classifier, ``GraphError`` for a broken file.
  public init(contentsOf url: URL) throws {
    try self.init(Model(contentsOf: url))
  }

  private init(_ model: Model) throws(OddityError) {
    guard let json = model.metadata[GuardMetadata.key] else {
      throw OddityError(
        .notGuarded, "\(model.name) is a plain classifier: make a guarded model of it with 'oddity fit'")
    }
    metadata = try GuardMetadata(json: json, of: model)
    self.model = model
  }

  /// Appends scores, calibration and metadata to a classifier.
  ///
  /// The classifier's own nodes and outputs stay as they are, byte for byte.
  ///
  /// - Parameters:
  ///   - scores: in the order of the metadata's.
  ///   - taps: what they see of the classifier.
  init(
    _ classifier: Classifier, scores: [any FittedScore], taps: Set<Tap>, head: LinearHead?,
    calibration: ConformalCalibration, metadata: GuardMetadata
  ) throws {
    try classifier.refuseTakenNames(scores: metadata.scores)
    var appendix = Appendix(to: classifier.model)
    var tensors: [Tap: String] = [:]
    for tap in taps.sorted(by: { $0.name < $1.name }) {
      tensors[tap] = try tap.append(to: &appendix, of: classifier, std: metadata.preprocessing.pixelScale)
    }
    var nodes = ScoreNodes(appendix, taps: .tensors(tensors), classes: classifier.classes, head: head)
    for (position, (name, score)) in zip(metadata.scores, scores).enumerated() {
      let tensor = score.append(to: &nodes)
      let output = nodes.appendix.rename(tensor, to: Output.score(name, at: position))
      nodes.appendix.addOutput(output, type: .float, batch: classifier.image)
    }
    appendix = nodes.appendix
    let decision = appendix.calibrate(Output.score, with: calibration)
    appendix.addOutput(
      appendix.rename(decision.pValue, to: Output.pValue), type: .float, batch: classifier.image)
    appendix.addOutput(
      appendix.rename(decision.isOutlier, to: Output.isOutlier), type: .bool, batch: classifier.image)
    appendix.setMetadata(GuardMetadata.key, try metadata.json())
    self.metadata = metadata
    model = try Model(bytes: appendix.appended(to: classifier.model), name: "the guarded model")
  }
}

extension GuardMetadata {
  /// - Throws: ``OddityError`` `.badModel` for another layout, and for parts that do not agree.
  fileprivate init(json: String, of model: Model) throws(OddityError) {
    if let version = FormatVersion(json), version.format > GuardMetadata.currentFormat {
      throw OddityError(
        .badModel,
        "\(model.name) has format version \(version.format) of a newer Oddity (\(version.oddityVersion ?? "unknown")); this one "
          + "reads versions up to \(GuardMetadata.currentFormat): install the newer one")
    }
    do {
      self = try JSONDecoder().decode(GuardMetadata.self, from: Data(json.utf8))
      guard isConsistent, fits(model.graph.inputs) else { throw CocoaError(.coderReadCorrupt) }
    } catch {
      throw OddityError(
        .badModel,
        "\(model.name) has metadata that is damaged: fit it again",
        underlying: error)
    }
  }

  fileprivate func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

/// The part of the metadata that every version has.
private struct FormatVersion: Decodable {
  let format: Int
  let oddityVersion: String?

  private enum CodingKeys: String, CodingKey {
    case format
    case oddityVersion = "oddity_version"
  }

  init?(_ json: String) {
    guard let version = try? JSONDecoder().decode(FormatVersion.self, from: Data(json.utf8)) else {
      return nil
    }
    self = version
  }
}

extension Classifier {
  /// A classifier may not have tensors by the names that a guarded model adds.
  func refuseTakenNames(scores: [String]) throws(OddityError) {
    let added =
      scores.enumerated().map { GuardedModel.Output.score($1, at: $0) }
      + [GuardedModel.Output.pValue, GuardedModel.Output.isOutlier]
    if let taken = added.first(where: model.graph.contains) {
      throw OddityError(
        .badModel,
        "\(model.name) already has a tensor called '\(taken)', which Oddity would add: rename it first")
    }
  }
}

extension GuardedModel {
  /// Writes the model, whole or not at all; data that stays in files of its own goes beside it.
  ///
  /// - Parameter file: opened before the fit, so that a bad path is found before the work.
  /// - Throws: ``OddityError`` `.output`; the old file, where there was one, is then untouched.
  public func write(to file: AtomicFile) throws {
    let url = URL(fileURLWithPath: file.path)
    let saved = try model.savable(as: url.lastPathComponent)
    for companion in saved.companions {
      let data = try Data(contentsOf: companion.source, options: .alwaysMapped)
      let path = url.deletingLastPathComponent().appendingPathComponent(companion.name).path
      try AtomicFile.write(data, to: path)
    }
    try file.write(saved.bytes)
    try file.commit()
  }

  /// Writes the model to a path, whole or not at all.
  public func write(to path: String) throws {
    try write(to: AtomicFile(path: path))
  }
}
