import Oddity

extension Setting {
  /// The flag for this setting, or the command that gives the answer.
  var flag: String {
    switch self {
    case .model, .input, .logits, .head, .labels, .calibration, .limit, .seed, .block, .alpha, .confidence,
      .precision, .engine, .device, .host, .port:
      "--\(rawValue)"
    case .preprocessing: "--preprocess"
    case .rawInput: "--raw-input"
    case .from: "'oddity fit --from'"
    case .inDistribution: "--id"
    case .scores: "--score"
    case .settings: "--set"
    case .pseudoOOD: "--pseudo-ood"
    case .paperSplit: "--paper-split"
    case .map: "--with-map"
    case .mapBlock: "--map-block"
    case .calibrationScope: "--calibration-by"
    case .resets: "--reset-calibration"
    case .calibrationScores: "--calibration-scores"
    case .batchSize: "--batch"
    case .output: "--output"
    case .store: "--state"
    case .streams: "--max-sources"
    case .blocks: "'oddity blocks'"
    case .catalogue: "'oddity scores'"
    case .fit: "'oddity fit'"
    case .evaluation: "'oddity evaluate'"
    case .featureMaps: "'oddity blocks --all-tensors'"
    case .partialFit: "'oddity fit --partial'"
    case .verification: "'oddity verify --scores'"
    case .report: "'oddity inspect --json'"
    }
  }

  /// Makes all messages of this process name settings as flags.
  package static func speakOfFlags() {
    speak { setting, value in value.map { "\(setting.flag) \($0)" } ?? setting.flag }
  }
}
