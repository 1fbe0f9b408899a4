import Foundation
import OddityScores
import ONNXGraph

/// A classifier with its detector inside: one ONNX file that any runtime runs.
public struct GuardedModel: Sendable {
  package let model: Model
  public let metadata: GuardMetadata
  /// The file that it was read from; nil for a model that was made here.
  private(set) var file: URL?

  /// Names of the outputs that a guarded model adds.
  public enum Output {
    public static let score = "ood_score"
    public static let pValue = "ood_p_value"
    public static let isOutlier = "ood_is_outlier"
    public static let map = "ood_map"
    /// The outputs that a calibration of the score adds.
    static let decisions = [pValue, isOutlier]

    /// The output of the score at a position among the fitted ones. The first is `ood_score` itself.
    static func score(_ name: String, at position: Int) -> String {
      position == 0 ? score : "\(score).\(name)"
    }
  }

  /// The outputs of all scores, in the order of the metadata.
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

  /// Completes a graph with its metadata.
  ///
  /// - Parameters:
  ///   - sample: the calibration images, so that the model can be recalibrated.
  ///   - verification: the inputs and scores to verify a copy with; nil if they are not known yet.
  ///   - signatures: the signatures for a diagnosis; nil if there are none.
  ///   - accuracy: what is known about the classifier's accuracy; nil if nothing is.
  ///   - map: the source of the p-values of the map's positions; nil if there is no map.
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
  /// The same graph with other metadata.
  func replacing(metadata: GuardMetadata, verification: String?) throws -> GuardedModel {
    var values = [GuardMetadata.key: try metadata.json()]
    values[GuardMetadata.verificationKey] = verification
    return try GuardedModel(metadata: metadata, model: model.settingMetadata(values))
  }

  private init(metadata: GuardMetadata, model: Model) { (self.metadata, self.model) = (metadata, model) }
}

extension GuardMetadata {
  /// - Throws: ``OddityError`` `.badModel` for another format, and for parts that do not agree.
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

  /// The model without the preprocessing nodes that its file has before the classifier.
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

/// The part of the metadata that all versions have.
package struct FormatVersion: Decodable {
  package let format: Int
  package let oddityVersion: String?

  private enum CodingKeys: String, CodingKey {
    case format
    case oddityVersion = "oddity_version"
  }
}

extension GuardedModel {
  /// The model as it is in its file. If the file takes pixels, it includes the preprocessing.
  var written: Model {
    get throws(GraphError) {
      guard metadata.rawInput != nil else { return model }
      return try RawInput.written(model, input: metadata.input, preprocessing: metadata.preprocessing)
    }
  }

  /// Writes the model, whole or not at all. Weights in separate files are written beside it.
  ///
  /// - Parameter file: opened before the fit, so that a bad path is found early.
  /// - Throws: ``OddityError`` `.output`. An old file of this name is then unchanged.
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

  /// A weight file of the classifier, mapped into memory.
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
  /// The model without the nodes of a file that takes pixels. Other models are returned unchanged.
  ///
  /// - Throws: ``OddityError`` `.badModel` if its metadata are damaged, or if the nodes cannot be separated
  ///   from the model.
  package func withoutRawInput() throws -> Model {
    guard let json = metadata[GuardMetadata.key] else { return self }
    return try GuardMetadata(json: json, of: self).plain(self)
  }
}
