#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Preprocessing {
  /// What `--preprocess` was given: a preset's name, or the path of a JSON file: with the keys of `Preprocessing`, a Hugging
  /// Face `preprocessor_config.json` or `processor_config.json`, or a `config.json`, `pretrained_cfg` or data configuration
  /// of timm.
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

  /// What a file is that holds no JSON object, as the rest of a sentence that begins with its name.
  private static func refusal(_ bytes: [UInt8]) -> String {
    let start = String(decoding: bytes.prefix(512), as: UTF8.self).lowercased()
    if bytes.isEmpty { return "is empty; copy or download it again" }
    if start.hasPrefix("version https://git-lfs") {
      return "is a pointer of Git LFS; run 'git lfs pull' in its folder"
    }
    if start.contains("<!doctype html") || start.contains("<html") {
      return "is a web page, which a download gave in place of the file; fetch the file itself"
    }
    return "is not a JSON object; see docs/commands.md for its keys"
  }

  /// Reads any kind of JSON.
  static func parse(_ bytes: [UInt8], name: String) throws(ImagingError) -> Preprocessing {
    // Windows' editors begin a file with a byte order mark.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    do {
      return try JSONDecoder().decode(
        AnyPreprocessing.self, from: Data(bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes)
      ).preprocessing
    } catch let error as ImagingError {
      throw ImagingError(
        error.code, "preprocessing '\(name)': \(error.message)", underlying: error.underlying)
    } catch {
      throw ImagingError(.badPreprocessing, "preprocessing '\(name)' \(refusal(bytes))")
    }
  }
}

/// A preprocessing in any of the formats, perhaps within an object that holds more.
private struct AnyPreprocessing: Decodable {
  let preprocessing: Preprocessing

  /// Where other programs put the object within another.
  private enum Envelope: String, CodingKey {
    case imageProcessor = "image_processor"
    case pretrainedConfiguration = "pretrained_cfg"
    case dataConfiguration = "data_config"

    static let ofTimm = [Envelope.pretrainedConfiguration, .dataConfiguration]
  }

  init(from decoder: any Decoder) throws {
    let names = try decoder.keyNames()
    let envelope = try decoder.container(keyedBy: Envelope.self)
    if names.contains(Envelope.imageProcessor.rawValue) {
      self = try envelope.decode(AnyPreprocessing.self, forKey: .imageProcessor)
    } else if let inner = Envelope.ofTimm.first(where: { names.contains($0.rawValue) }) {
      preprocessing = try envelope.decode(TimmConfiguration.self, forKey: inner).preprocessing()
    } else {
      preprocessing = try Self.read(decoder, as: PreprocessingFormat(keys: names))
    }
  }

  private static func read(_ decoder: any Decoder, as format: PreprocessingFormat) throws -> Preprocessing {
    switch format {
    case .own: return try Preprocessing(from: decoder)
    case .huggingFace: return try HuggingFaceProcessor(from: decoder).preprocessing()
    case .timm: return try TimmConfiguration(from: decoder).preprocessing()
    case .modelConfiguration:
      throw ImagingError(
        .badPreprocessing,
        "it describes a network, not its images; pass the preprocessor_config.json that lies beside it")
    }
  }
}
