import Foundation

extension Preprocessing {
  /// Reads a given preprocessing. It is the name of a preset, or the path of a JSON file: with the keys of
  /// `Preprocessing`, a Hugging Face `preprocessor_config.json` or `processor_config.json`, or timm's
  /// `config.json`, `pretrained_cfg` or data configuration.
  ///
  /// - Throws: `ImagingError` that names the file, and the key that is unknown or has a wrong value.
  public static func load(_ argument: String) throws(ImagingError) -> Preprocessing {
    if let preset = Preset(rawValue: argument) { return preset.preprocessing }
    return try parse(bytes(of: argument), name: argument)
  }

  private static func bytes(of argument: String) throws(ImagingError) -> [UInt8] {
    do throws(ImagingError) {
      return try FileBytes.read(argument, limit: 1 << 20)
    } catch {
      let near = NearestNames.of(argument, among: Preset.allCases.map(\.rawValue))
      let guess = near.first.map { "; did you mean \($0)?" } ?? ""
      throw ImagingError(
        .badPreprocessing,
        "preprocessing '\(argument)' is neither one of \(Preset.list), nor a JSON file that can be read\(guess)",
        underlying: error.description)
    }
  }

  /// Reads JSON of any of these kinds.
  static func parse(_ bytes: [UInt8], name: String) throws(ImagingError) -> Preprocessing {
    do {
      let text = Data(try TextFile.utf8(bytes, name: name))
      return try JSONDecoder().decode(AnyPreprocessing.self, from: text).preprocessing
    } catch let error as ImagingError {
      throw ImagingError(
        error.code, "preprocessing '\(name)': \(error.message)", underlying: error.underlying)
    } catch {
      let kind = bytes.isEmpty ? "an empty file" : ForeignFormat.name(of: bytes)
      let what = kind.map { "is \($0), not a JSON object; fetch the file itself" }
      throw .preprocessing(
        "preprocessing '\(name)' \(what ?? "is not a JSON object; see docs/commands.md for its keys")")
    }
  }
}

/// A preprocessing in any of the formats, perhaps nested in another object.
private struct AnyPreprocessing: Decodable {
  let preprocessing: Preprocessing

  /// The keys under which other programs nest the object.
  private enum Envelope: String, CodingKey {
    case imageProcessor = "image_processor"
    case pretrainedConfiguration = "pretrained_cfg"
    case dataConfiguration = "data_config"

    static let ofTimm = [Envelope.pretrainedConfiguration, .dataConfiguration]
  }

  init(from decoder: any Decoder) throws {
    let names = Set(try decoder.keys().keys)
    let envelope = try decoder.container(keyedBy: Envelope.self)
    if names.contains(Envelope.imageProcessor.rawValue) {
      self = try envelope.decode(AnyPreprocessing.self, forKey: .imageProcessor)
    } else if let inner = Envelope.ofTimm.first(where: { names.contains($0.rawValue) }) {
      preprocessing = try envelope.decode(TimmConfiguration.self, forKey: inner).preprocessing()
    } else {
      preprocessing = try Self.inOneFormat(decoder, keys: names)
    }
  }

  /// Chooses the format of which an object has the most keys, so that an error names a misspelt key or a key
  /// of another format, and not all others. Oddity's own format is chosen if no other has more keys.
  private static func inOneFormat(_ decoder: any Decoder, keys: Set<String>) throws -> Preprocessing {
    func count<Key: CodingKey & CaseIterable>(_: Key.Type) -> Int {
      Key.allCases.count { keys.contains($0.stringValue) }
    }
    let own = count(Preprocessing.CodingKeys.self)
    let huggingFace = count(HuggingFaceProcessor.CodingKeys.self)
    let timm = count(TimmConfiguration.CodingKeys.self)
    let types: [HuggingFaceProcessor.CodingKeys] = [.imageProcessorType, .featureExtractorType]
    let saysType = !keys.isDisjoint(with: types.map(\.stringValue))
    if saysType || huggingFace > own && huggingFace >= timm {
      return try HuggingFaceProcessor(from: decoder).preprocessing()
    }
    // A Hugging Face `config.json`.
    if own == 0, huggingFace == 0, !keys.isDisjoint(with: ["model_type", "architectures"]) {
      throw ImagingError.preprocessing(
        "it describes a network, not its preprocessing; pass the preprocessor_config.json from the same "
          + "folder")
    }
    guard timm > own else { return try Preprocessing(from: decoder) }
    return try TimmConfiguration(from: decoder).preprocessing()
  }
}
