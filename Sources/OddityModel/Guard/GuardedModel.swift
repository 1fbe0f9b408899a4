import Foundation
import OddityScores
import ONNXGraph

/// A classifier with its detector inside: one ONNX file that any runtime runs.
public struct GuardedModel: Sendable {
  package let model: Model
  public let metadata: GuardMetadata
  /// Where it was read; nil of one that was made here.
  private(set) var file: URL?

  /// Names of the outputs that a guarded model adds.
  public enum Output {
    public static let score = "ood_score"
    public static let pValue = "ood_p_value"
    public static let isOutlier = "ood_is_outlier"
    public static let map = "ood_map"
    /// What a calibration says of the score.
    static let decisions = [pValue, isOutlier]

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
    file = url
  }

  private init(_ model: Model) throws {
    guard let json = model.metadata[GuardMetadata.key] else {
      throw OddityError(
        .notGuarded, "\(model.name) is a plain classifier: make a guarded model of it with \(.fit)")
    }
    metadata = try GuardMetadata(json: json, of: model)
    self.model = try metadata.plain(model)
    guard metadata.fits(self.model.graph.inputs) else { throw OddityError.damagedMetadata(of: model) }
    try refuseContradictoryThreshold()
  }

  /// Completes a graph with what it says about itself.
  ///
  /// - Parameters:
  ///   - sample: what was calibrated on, so that it can be calibrated anew.
  ///   - verification: what a copy is verified with; nil where that is not known yet.
  ///   - signatures: what it is diagnosed with; nil where there is nothing.
  ///   - accuracy: what is known of the classifier's accuracy; nil where nothing is.
  ///   - map: what p-values of the map's positions come from; nil where there is no map.
  package init(
    _ graph: GuardedGraph, metadata: GuardMetadata, sample: CalibrationSample, verification: String?,
    signatures: StoredSignatures? = nil, accuracy: LearnedAccuracy? = nil, map: StoredMap? = nil
  ) throws {
    var appendix = graph.appendix
    appendix.setMetadata(GuardMetadata.key, try metadata.json())
    appendix.setMetadata(CalibrationSample.key, try sample.json())
    if let verification { appendix.setMetadata(GuardMetadata.verificationKey, verification) }
    if let signatures { appendix.setMetadata(StoredSignatures.key, try signatures.json()) }
    if let accuracy { appendix.setMetadata(LearnedAccuracy.key, try accuracy.json()) }
    if let map { appendix.setMetadata(StoredMap.key, try map.json()) }
    self.metadata = metadata
    model = try Model(bytes: appendix.appended(to: graph.model), name: "the guarded model")
  }
}

extension GuardedModel {
  /// The same graph that says something else about itself.
  func replacing(metadata: GuardMetadata, verification: String?) throws -> GuardedModel {
    var values = [GuardMetadata.key: try metadata.json()]
    values[GuardMetadata.verificationKey] = verification
    return try GuardedModel(metadata: metadata, model: model.settingMetadata(values))
  }

  private init(metadata: GuardMetadata, model: Model) { (self.metadata, self.model) = (metadata, model) }
}

extension GuardMetadata {
  /// - Throws: ``OddityError`` `.badModel` for another layout, and for parts that do not agree.
  fileprivate init(json: String, of model: Model) throws(OddityError) {
    let data = Data(json.utf8)
    if let version = try? JSONDecoder().decode(FormatVersion.self, from: data),
      version.format > GuardMetadata.currentFormat
    {
      throw OddityError(
        .badModel,
        "\(model.name) has format version \(version.format) of a newer Oddity (\(version.oddityVersion ?? "unknown")); this one "
          + "reads versions up to \(GuardMetadata.currentFormat): install the newer one")
    }
    do {
      self = try JSONDecoder().decode(GuardMetadata.self, from: data)
      guard isConsistent else { throw CocoaError(.coderReadCorrupt) }
    } catch {
      throw OddityError.damagedMetadata(of: model, underlying: error)
    }
  }

  /// The model without the nodes that its file has before the classifier.
  func plain(_ model: Model) throws -> Model {
    guard rawInput != nil else { return model }
    return try RawInput.plain(model, input: input, logits: logits, preprocessing: preprocessing)
  }
}

extension OddityError {
  fileprivate static func damagedMetadata(of model: Model, underlying: (any Error)? = nil) -> OddityError {
    OddityError(
      .badModel, "\(model.name) has metadata that is damaged: fit it again", underlying: underlying)
  }
}

/// The part of the metadata that every version has.
package struct FormatVersion: Decodable {
  package let format: Int
  package let oddityVersion: String?

  private enum CodingKeys: String, CodingKey {
    case format
    case oddityVersion = "oddity_version"
  }
}

extension GuardedModel {
  /// The model as its file has it: with the preprocessing before it, where the file takes pixels.
  var written: Model {
    get throws(GraphError) {
      guard metadata.rawInput != nil else { return model }
      return try RawInput.written(model, input: metadata.input, preprocessing: metadata.preprocessing)
    }
  }

  /// Writes the model, whole or not at all; data that stays in files of its own goes beside it.
  ///
  /// - Parameter file: opened before the fit, so that a bad path is found before the work.
  /// - Throws: ``OddityError`` `.output`; the old file, where there was one, is then untouched.
  package func write(to file: AtomicFile) throws {
    let url = URL(fileURLWithPath: file.path)
    let saved = try written.savable(as: url.lastPathComponent)
    for companion in saved.companions {
      let data = try Self.companion(companion.source)
      let path = url.deletingLastPathComponent().appendingPathComponent(companion.name).path
      try AtomicFile.write(data, to: path)
    }
    try file.write(saved.bytes)
    try file.commit()
  }

  /// A data file of the classifier, mapped.
  private static func companion(_ source: URL) throws(OddityError) -> Data {
    do {
      return try Data(contentsOf: source, options: .alwaysMapped)
    } catch {
      throw OddityError(
        .badModel,
        "cannot read \(source.path), in which the classifier keeps its weights: \(systemReason(error))",
        underlying: error)
    }
  }

  /// Writes the model to a path, whole or not at all.
  public func write(to path: String) throws {
    try write(to: AtomicFile(path: path))
  }
}

extension Model {
  /// The model as it is without the nodes of a file that takes pixels: any other one is the same.
  ///
  /// - Throws: ``OddityError`` `.badModel` where its metadata are damaged or the nodes cannot be told from the model.
  package func withoutRawInput() throws -> Model {
    guard let json = metadata[GuardMetadata.key] else { return self }
    return try GuardMetadata(json: json, of: self).plain(self)
  }
}
