#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Preprocessing {
  /// What `--preprocess` was given: `imagenet`, `cifar`, or the path of a JSON file, either with the keys
  /// of `Preprocessing` or a Hugging Face `preprocessor_config.json`.
  ///
  /// - Throws: `ImagingError` that names the file, and the key that is unknown or has a wrong value.
  public static func load(_ argument: String) throws(ImagingError) -> Preprocessing {
    switch argument {
    case "imagenet": return .imagenet
    case "cifar": return .cifar
    default: return try parse(bytes(of: argument), name: argument)
    }
  }

  private static func bytes(of argument: String) throws(ImagingError) -> [UInt8] {
    do throws(ImagingError) {
      return try FileBytes.read(argument, limit: 1 << 20)
    } catch {
      throw ImagingError(
        .badPreprocessing,
        "preprocessing '\(argument)' is neither imagenet, nor cifar, nor a JSON file that can be read",
        underlying: error.description)
    }
  }

  /// Reads either kind of JSON.
  static func parse(_ bytes: [UInt8], name: String) throws(ImagingError) -> Preprocessing {
    let decoder = JSONDecoder()
    do {
      let keys = try decoder.decode(KeyNames.self, from: Data(bytes))
      if HuggingFaceProcessor.isRecognised(by: keys.names) {
        return try decoder.decode(HuggingFaceProcessor.self, from: Data(bytes)).preprocessing()
      }
      return try decoder.decode(Preprocessing.self, from: Data(bytes))
    } catch let error as ImagingError {
      throw ImagingError(
        error.code, "preprocessing '\(name)': \(error.message)", underlying: error.underlying)
    } catch {
      throw ImagingError(
        .badPreprocessing, "preprocessing '\(name)' is not a JSON object; see the README for its keys")
    }
  }

  /// The keys of a JSON object.
  private struct KeyNames: Decodable {
    let names: Set<String>

    init(from decoder: any Decoder) throws { names = try decoder.keyNames() }
  }
}
