import Foundation

/// Recognises a file that was given instead of an ONNX model, and tells how to get an ONNX model.
///
/// The content decides, whatever the name. The name decides only for formats without a signature.
enum ForeignFile {
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - name: its name, of which the extension counts.
  /// - Returns: what it is and what to do, as the rest of a sentence that begins with the name; `nil` if it
  ///   has no signature of another format.
  static func recognised(_ bytes: Data, name: String) -> String? {
    if bytes.isEmpty { return "is empty: the copy or the download did not succeed, so fetch it again" }
    return zip(bytes) ?? marked(bytes) ?? pickle(bytes) ?? safetensors(bytes)
      ?? text(bytes, isCalledONNX: name.lowercased().hasSuffix(".onnx"))
  }

  /// A description by the extension, for a file without a graph in a format that has no signature.
  static func byEnding(of name: String) -> String? {
    switch (name as NSString).pathExtension.lowercased() {
    case "pb": return "is a TensorFlow graph: \(tensorFlow)"
    case "mlmodel": return "is a Core ML model: \(original)"
    case "caffemodel", "prototxt": return "is a Caffe model: \(original)"
    case "pdmodel", "pdiparams": return "is a PaddlePaddle model: convert it with paddle2onnx"
    case "engine", "plan", "trt":
      return "looks like a TensorRT engine: name the ONNX file that it was built from"
    case "pt", "pth", "ckpt", "bin":
      return "is neither a known kind of PyTorch file nor an ONNX model: \(torch)"
    default: return nil
    }
  }

  /// A description of a folder.
  static func folder(_ url: URL) -> String {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    let models = names.filter { $0.lowercased().hasSuffix(".onnx") }
    if let model = models.first {
      let others = models.count == 1 ? "" : " or one of \(models.count - 1) more"
      return "is a folder: name the file in it, \(model)\(others)"
    }
    if names.contains("saved_model.pb") { return "is a TensorFlow SavedModel: \(tensorFlow)" }
    if url.pathExtension == "mlpackage" || url.pathExtension == "mlmodelc" {
      return "is a Core ML model: \(original)"
    }
    if names.contains("config.json"),
      names.contains(where: { $0.hasPrefix("model.safetensors") || $0.hasPrefix("pytorch_model") })
    {
      return "is a folder of Hugging Face weights: make ONNX of it with 'optimum-cli export onnx'"
    }
    return "is a folder, not a model file: name the model first, then the images"
  }

  private static let torch =
    "load it in Python into its network and write ONNX with torch.onnx.export"
  private static let keras =
    "load it in Keras, call the model once on an image, and write ONNX with model.export(FILE, format=\"onnx\")"
  private static let tensorFlow = "make ONNX of it with 'python -m tf2onnx.convert'"
  private static let original = "export the network that it was made from to ONNX"

  private static let compressions: [(mark: [UInt8], name: String)] = [
    ([0x1F, 0x8B], "gzip"), ([0x42, 0x5A, 0x68], "bzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz"),
    ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7-Zip"),
    ([0x52, 0x61, 0x72, 0x21], "RAR"),
  ]

  /// The signatures of formats, and their positions.
  private static let words: [(place: Int, mark: String, meaning: String)] = [
    (257, "ustar", "is a tar archive: \(unpacking)"),
    (4, "TFL3", "is a TensorFlow Lite model: make ONNX of it with 'python -m tf2onnx.convert --tflite'"),
    (4, "ORTM", "is a model in ONNX Runtime's own format (.ort): name the ONNX file that it was made from"),
    (0, "ftrt", tensorRT), (0, "ptrt", tensorRT), (0, "trtf", tensorRT),
    (0, "GGUF", "is a GGUF file of weights: \(original)"), (0, "GIF8", image),
  ]

  private static let numbers: [(mark: [UInt8], meaning: String)] = [
    ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A], "is an HDF5 file, as Keras writes models: \(keras)"),
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "is a NumPy array, not a model: \(imagesBehind)"),
    ([0x89, 0x50, 0x4E, 0x47], image), ([0xFF, 0xD8, 0xFF], image), ([0x49, 0x49, 0x2A, 0], image),
    ([0x4D, 0x4D, 0, 0x2A], image),
  ]

  private static let tensorRT = "is a TensorRT engine: name the ONNX file that it was built from"
  private static let image = "is an image, not a model: \(imagesBehind)"
  private static let imagesBehind = "name the model first, then the images"
  private static let unpacking =
    "unpack it and name the ONNX file; an archive of images comes after the model"

  private static func marked(_ bytes: Data) -> String? {
    if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return image }
    if let format = compressions.first(where: { bytes.starts(with: $0.mark) })?.name {
      return "is compressed (\(format)): unpack it, and name the ONNX file"
    }
    return numbers.first { bytes.starts(with: $0.mark) }?.meaning
      ?? words.first { bytes.dropFirst($0.place).starts(with: $0.mark.utf8) }?.meaning
  }

  /// Recognised by the names in the archive, which are stored uncompressed.
  private static func zip(_ bytes: Data) -> String? {
    guard bytes.starts(with: "PK\u{3}\u{4}".utf8) || bytes.starts(with: "PK\u{5}\u{6}".utf8) else {
      return nil
    }
    func holds(_ name: String) -> Bool {
      bytes.prefix(1 << 16).range(of: Data(name.utf8)) != nil
        || bytes.suffix(1 << 20).range(of: Data(name.utf8)) != nil
    }
    if holds("data.pkl") {
      return holds("constants.pkl")
        ? "is a TorchScript program of PyTorch: write ONNX from the module in Python with torch.onnx.export"
        : "is a PyTorch checkpoint: \(torch)"
    }
    if holds("models/model.json") {
      return "is a program of torch.export: write ONNX from the module in Python with torch.onnx.export"
    }
    if holds("model.weights.h5") { return "is a Keras model: \(keras)" }
    if holds(".onnx") { return "is a zip archive with an ONNX file: unpack it, and name the file" }
    if holds(".npy") {
      return "is an archive of NumPy arrays, and no model: \(imagesBehind)"
    }
    return "is a zip archive, not a model: \(unpacking)"
  }

  /// Recognised by a protocol of 2 to 5 and an instruction after it.
  private static func pickle(_ bytes: Data) -> String? {
    let start = [UInt8](bytes.prefix(3))
    guard start.count == 3, start[0] == 0x80, (2...5).contains(start[1]),
      bytes.last == 0x2E || [0x8A, 0x63, 0x7D, 0x5D, 0x95, 0x28, 0x58].contains(start[2])
    else { return nil }
    // The old format of torch.save begins with a magic number.
    let isTorch =
      bytes.prefix(64).range(of: Data([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])) != nil
    return isTorch
      ? "is a PyTorch checkpoint: \(torch)"
      : "is a Python pickle: load it in Python and export its network to ONNX"
  }

  /// Recognised by the length of a JSON header, followed by the header.
  private static func safetensors(_ bytes: Data) -> String? {
    let start = [UInt8](bytes.prefix(9))
    guard start.count == 9, start[8] == UInt8(ascii: "{") else { return nil }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length <= UInt64(bytes.count) ? "holds weights alone (safetensors): \(torch)" : nil
  }

  private static func text(_ bytes: Data, isCalledONNX: Bool) -> String? {
    let start = bytes.prefix(4096)
    guard !start.contains(where: { $0 < 0x09 || (0x0E...0x1F).contains($0) && $0 != 0x1B }),
      let whole = String(data: start, encoding: .utf8) ?? String(data: start.dropLast(3), encoding: .utf8)
    else { return nil }
    let text = whole.trimmingCharacters(
      in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: "\u{FEFF}"))
    ).lowercased()
    if text.hasPrefix("version https://git-lfs") {
      return
        "is a Git LFS pointer, because the model itself is not fetched yet: run 'git lfs pull' in its folder"
    }
    if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.contains("<head>") {
      return
        "is a web page: the download returned a page (a login or an error) instead of the file; download the "
        + "file again"
    }
    if text.hasPrefix("<?xml") || text.hasPrefix("<net"), text.contains("<net") {
      return "is a model in OpenVINO's own format: name the ONNX file that it was converted from"
    }
    if isCalledONNX {
      return
        "is a text file, not an ONNX model: the download may have returned a message instead of the file; "
        + "download it again"
    }
    if text.hasPrefix("{") || text.hasPrefix("[") {
      return text.contains("layers-model") || text.contains("graph-model")
        ? "is a TensorFlow.js model: \(tensorFlow)" : "is a JSON file, not an ONNX model: name the .onnx file"
    }
    return "is a text file, not an ONNX model: name the .onnx file"
  }
}
