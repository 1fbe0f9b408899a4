import Foundation
import Imaging
import OddityModel
import ONNXGraph
import Engines

/// What parts of one fit must agree on, and all that is needed to finish it: the model, and the options as the command takes
/// them.
struct FitTerms: Codable, Sendable {
  var format = FitTerms.currentFormat
  /// Another version may compute the last bits otherwise.
  var oddityVersion = OddityFiles.oddityVersion
  /// SHA-256 of the model with its external data.
  let model: String
  /// As resolved for the model's input.
  let preprocessing: ResolvedPreprocessing
  let precision: Precision
  let seed: UInt64
  let scores: [String]
  /// `NAME.PARAM=VALUE`
  let settings: [String]
  /// Nil for `auto`.
  let block: String?
  let pseudoOOD: [String]
  let paperSplit: Bool
  let limit: Int?
  /// Whether calibration images come from a source of their own.
  let hasCalibration: Bool
  let alpha: String
  let confidence: Double?
  let calibrationBy: CalibrationScope
  let labels: [String]?
  let input: String?
  let logits: String?
  /// Nil where the graph is to tell, and in parts of earlier versions.
  let head: HeadKind?
  /// Whether parts hold signatures; nil in those of an Oddity that knew none.
  let keepsSignatures: Bool?
  /// What was warned of before the first image; parts need not agree on it.
  let warnings: [Warning]?

  /// 2 added the kinds of pseudo-OOD images that are made of a sample.
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
  ///   - options: as they were asked for.
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
  /// - Parameter run: how the engine is to run here; its precision is that of the parts.
  /// - Throws: ``OddityError`` `.usage` for what this version does not know.
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

  /// What differs from other terms, in words; nil where nothing does.
  ///
  /// - Parameters:
  ///   - path: the file of these terms.
  ///   - otherPath: that of the others.
  func difference(from other: FitTerms, path: String, otherPath: String) -> String? {
    for (own, others) in zip(words, other.words) where own.value != others.value {
      return "\(path) was made with \(own.name) \(own.value), and \(otherPath) with \(others.value)"
    }
    return nil
  }

  /// Everything that parts must agree on, in words: the most telling first.
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
  /// Nil for `auto`.
  fileprivate var name: String? {
    if case .named(let name) = self { name } else { nil }
  }
}
