/// Whose way of writing a preprocessing an object follows.
enum PreprocessingFormat {
  case own, huggingFace, timm
  /// A Hugging Face `config.json`: it describes the network, not its images.
  case modelConfiguration

  /// The format of which an object has the most keys: so a key of another format, or misspelt, is blamed and not all others.
  /// Oddity's own, if none has more.
  init(keys: Set<String>) {
    let types: [HuggingFaceProcessor.CodingKeys] = [.imageProcessorType, .featureExtractorType]
    if !keys.isDisjoint(with: types.map(\.rawValue)) {
      self = .huggingFace
      return
    }
    let own = Self.count(keys, Preprocessing.CodingKeys.self)
    let huggingFace = Self.count(keys, HuggingFaceProcessor.CodingKeys.self)
    let timm = Self.count(keys, TimmConfiguration.CodingKeys.self)
    if own == 0, huggingFace == 0, !keys.isDisjoint(with: ["model_type", "architectures"]) {
      self = .modelConfiguration
    } else if own >= max(huggingFace, timm) {
      self = .own
    } else {
      self = huggingFace >= timm ? .huggingFace : .timm
    }
  }

  private static func count<Key: CodingKey & CaseIterable>(_ keys: Set<String>, _: Key.Type) -> Int {
    Key.allCases.count { keys.contains($0.stringValue) }
  }
}
