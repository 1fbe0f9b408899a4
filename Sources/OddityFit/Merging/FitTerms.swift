import Foundation
import Imaging
import OddityModel
import ONNXGraph
import Engines

/// What the parts of one fit must agree on, and everything needed to finish the fit: the model, and the
/// options as the command takes them.
struct FitTerms: Codable, Sendable {
  var format = FitTerms.currentFormat
  /// Another version may compute the last bits differently.
  var oddityVersion = OddityFiles.oddityVersion
  /// SHA-256 of the model with its external data.
  let model: String
  /// The preprocessing as resolved for the model's input.
  let preprocessing: ResolvedPreprocessing
  let precision: Precision
  let seed: UInt64
  let scores: [String]
  /// `NAME.PARAM=VALUE`
  let settings: [String]
  /// nil for `auto`.
  let block: String?
  let pseudoOOD: [String]
  let paperSplit: Bool
  let limit: Int?
  /// Whether calibration images come from a separate source.
  let hasCalibration: Bool
  let alpha: String
  let confidence: Double?
  let calibrationBy: CalibrationScope
  let labels: [String]?
  let input: String?
  let logits: String?
  /// nil if the graph determines it, and in parts of earlier versions.
  let head: HeadKind?
  /// Whether parts contain signatures; nil in parts of an Oddity that did not have signatures.
  let keepsSignatures: Bool?
  /// The warnings before the first image. Parts need not agree on them.
  let warnings: [Warning]?

  /// Version 2 added the kinds of pseudo-OOD images that are made from a sample.
  static let currentFormat = 2

  private enum CodingKeys: String, CodingKey {
    case format
    case oddityVersion = "oddity_version"
    case model, preprocessing, precision, seed, scores, settings, block
    case pseudoOOD = "pseudo_ood"
    case paperSplit = "paper_split"
    case limit
    case hasCalibration = "has_calibration"
    case alpha, confidence
    case calibrationBy = "calibration_by"
    case labels, input, logits, head
    case keepsSignatures = "keeps_signatures"
    case warnings
  }
}

extension Precision: Codable {}

extension Model {
  /// SHA-256 of the model and of its external data, in hexadecimal.
  package func fingerprint() throws -> String {
    let whole = try savable(as: "model")
    var hash = SHA256()
    hash.update(data: whole.bytes)
    for companion in whole.companions {
      hash.update(data: try Data(contentsOf: companion.source, options: .alwaysMapped))
    }
    return hash.finalize().hex
  }
}

extension FitTerms {
  /// - Parameters:
  ///   - setup: the fit.
  ///   - options: the requested options.
  init(_ setup: FitSetup, options: FitOptions, model: Model, hasCalibration: Bool) throws {
    self.init(
      model: try model.fingerprint(), preprocessing: setup.preprocessing,
      precision: options.run.precision, seed: options.seed, scores: options.scores.map(\.description),
      settings: options.settings.texts, block: options.block.name, pseudoOOD: options.pseudoOOD.map(\.name),
      paperSplit: options.paperSplit, limit: options.limit, hasCalibration: hasCalibration,
      alpha: options.alpha.description, confidence: options.confidence,
      calibrationBy: options.calibrationScope, labels: options.labels, input: options.input,
      logits: options.logits, head: options.head, keepsSignatures: options.keepsSignatures,
      warnings: options.warnings)
  }

  /// The options of the fit.
  ///
  /// - Parameter run: how to run the engine here. Its precision is that of the parts.
  /// - Throws: ``OddityError`` `.usage` for settings that this version does not know.
  func options(run: RunOptions) throws(OddityError) -> FitOptions {
    var options = FitOptions()
    options.run = run
    options.run.precision = precision
    options.seed = seed
    options.scores = try scores.map { name throws(OddityError) in try ScoreName(parsing: name) }
    for setting in settings { try options.settings.set(setting) }
    options.block = block.map { .named($0) } ?? .auto
    options.pseudoOOD = try pseudoOOD.map { name throws(OddityError) in try PseudoOOD(parsing: name) }
    options.paperSplit = paperSplit
    options.limit = limit
    options.alpha = try Alpha(parsing: alpha)
    options.confidence = confidence
    options.calibrationScope = calibrationBy
    options.labels = labels
    options.input = input
    options.logits = logits
    options.head = head
    options.keepsSignatures = keepsSignatures ?? false
    options.warnings = warnings ?? []
    return options
  }

  /// A description of the first difference from other terms; nil if there is none.
  ///
  /// - Parameters:
  ///   - path: the file of these terms.
  ///   - otherPath: the file of the other terms.
  func difference(from other: FitTerms, path: String, otherPath: String) -> String? {
    for (own, others) in zip(words, other.words) where own.value != others.value {
      return "\(path) was made with \(own.name) \(own.value), and \(otherPath) with \(others.value)"
    }
    return nil
  }

  /// Everything that parts must agree on, as text, the most informative first.
  private var words: [(name: String, value: String)] {
    func text(_ value: (some Any)?) -> String { value.map { "\($0)" } ?? "none" }
    return [
      ("the file format", "\(format)"), ("Oddity", oddityVersion),
      ("the model of SHA-256", String(model.prefix(16)) + "…"), ("\(.seed)", "\(seed)"),
      ("the preprocessing", (try? preprocessing.json()) ?? ""), ("\(.precision)", precision.rawValue),
      ("\(.scores)", scores.joined(separator: ",")), ("\(.settings)", settings.joined(separator: " ")),
      ("\(.block)", block ?? "auto"), ("\(.pseudoOOD)", pseudoOOD.joined(separator: ",")),
      ("\(.paperSplit)", "\(paperSplit)"), ("\(.limit)", text(limit)),
      ("\(.calibration)", hasCalibration ? "given" : "none"), ("\(.alpha)", alpha),
      ("\(.confidence)", text(confidence)), ("\(.calibrationScope)", calibrationBy.rawValue),
      ("\(.labels)", labels?.joined(separator: ",") ?? "none"), ("\(.input)", text(input)),
      ("\(.logits)", text(logits)), ("\(.head)", text(head?.rawValue)),
      ("signatures", keepsSignatures == true ? "kept" : "left out"),
    ]
  }
}

extension FitOptions.BlockChoice {
  /// nil for `auto`.
  fileprivate var name: String? {
    if case .named(let name) = self { name } else { nil }
  }
}
