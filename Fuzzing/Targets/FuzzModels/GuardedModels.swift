import Engines
import Foundation
import Harness
import ONNXGraph
import OddityClassifier

@testable import OddityModel

/// Guarded files, and the search for blocks, which needs the engine for shapes.
enum GuardedModels {
  static let targets: [FuzzTarget] = [
    FuzzTarget("guarded", isOneLine: false) { try open($0) },
    FuzzTarget("metadata", isOneLine: false, prepare: { _ = base }) { bytes in
      // The first byte selects the text of the file that the other bytes replace.
      guard let choice = bytes.first else { return }
      let key = keys[Int(choice) % keys.count]
      let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
      try open(Array(try base.get().settingMetadata([key: text]).bytes))
    },
    FuzzTarget("blocks", isOneLine: false, prepare: { _ = engine }) { bytes in
      let model = try Model(bytes: Data(bytes), name: "model.onnx")
      let classifier = try Classifier(model, engine: engine.get())
      _ = BlocksReport(classifier)
    },
  ]

  private static let keys = [
    GuardMetadata.key, CalibrationSample.key, GuardMetadata.verificationKey, StoredSignatures.key,
    LearnedAccuracy.key, StoredMap.key,
  ]

  /// The guarded model whose metadata is replaced: `ODDITY_FUZZ_GUARDED`.
  private static let base = Result {
    let path = ProcessInfo.processInfo.environment["ODDITY_FUZZ_GUARDED"] ?? ""
    return try Model(contentsOf: URL(filePath: path))
  }

  private static let engine = Result { try Engine(EngineChoice()) }

  /// Opens a guarded model, and reads all its content.
  private static func open(_ bytes: [UInt8]) throws {
    let path = try InputFile.path(holding: bytes, named: "guarded.onnx")
    let guarded = try GuardedModel(contentsOf: URL(filePath: path))
    precondition(guarded.metadata.threshold.isFinite, "a threshold that is no number")
    _ = try guarded.calibrationSample()
    _ = try? guarded.signatures()
    _ = try? guarded.learnedAccuracy()
    _ = try? guarded.map()
  }
}
