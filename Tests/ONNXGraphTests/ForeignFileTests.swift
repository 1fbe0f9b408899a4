import Foundation
import Testing
import TestSupport

@testable import ONNXGraph

/// Files of other formats that are given as ONNX models are named by their format.
struct ForeignFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A zip, as far as it is inspected. It contains the names unencoded.
  private static func zip(_ names: String...) -> Data {
    Data("PK\u{3}\u{4}".utf8) + Data(count: 26) + Data(names.joined(separator: "..").utf8)
  }

  private static let safetensors = Data([2, 0, 0, 0, 0, 0, 0, 0]) + Data("{}".utf8)
  /// The number at the beginning of files that `torch.save` wrote before version 1.6.
  private static let legacyTorch =
    Data([0x80, 2, 0x8A, 10]) + Data([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E])
  /// Bytes without the mark of any format.
  private static let unmarked = Data((0..<200).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ 3) })

  @Test(arguments: [
    ("m.engine", Data("ftrt".utf8) + unmarked, "is a TensorRT engine"),
    ("m.plan", unmarked, "looks like a TensorRT engine"), ("m.trt", unmarked, "looks like a TensorRT engine"),
    ("m.mlmodel", unmarked, "is a Core ML model"), ("m.pb", unmarked, "is a TensorFlow graph"),
    ("m.tflite", Data([28, 0, 0, 0]) + Data("TFL3".utf8), "is a TensorFlow Lite model"),
    ("m.h5", Data([0x89]) + Data("HDF\r\n".utf8), "is an HDF5 file, as Keras writes models"),
    ("m.keras", zip("config.json", "model.weights.h5"), "is a Keras model"),
    ("m.pt", zip("m/data.pkl", "m/version"), "is a PyTorch checkpoint"),
    ("m.pt", legacyTorch, "is a PyTorch checkpoint"),
    ("m.pt", zip("m/data.pkl", "m/constants.pkl"), "is a TorchScript program"),
    ("m.pt2", zip("m/models/model.json"), "is a program of torch.export"),
    ("m.pth", unmarked, "is neither a known kind of PyTorch file"),
    ("m.safetensors", safetensors, "holds weights alone (safetensors)"),
    ("m.onnx.zst", Data([0x28, 0xB5, 0x2F, 0xFD, 0]), "is compressed (zstd)"),
    ("m.gguf", Data("GGUF".utf8), "is a GGUF file"), ("m.ort", Data(count: 4) + Data("ORTM".utf8), "(.ort)"),
    ("m.pdmodel", unmarked, "is a PaddlePaddle model"), ("m.caffemodel", unmarked, "is a Caffe model"),
    ("m.onnx", Data("version https://git-lfs.github.com/spec/v1\n".utf8), "run 'git lfs pull'"),
    ("m.onnx", Data("<!DOCTYPE html><html>".utf8), "is a web page"),
    ("m.onnx", Data("<?xml version='1.0'?><Error/>".utf8), "is a text file, not an ONNX model: the download"),
    ("m.onnx", Data("{\"message\": \"Not Found\"}".utf8), "is a text file, not an ONNX model: the download"),
    ("m.xml", Data("<?xml version=\"1.0\"?><net name=\"n\">".utf8), "OpenVINO's own format"),
    ("m.json", Data("{\"format\": \"layers-model\"}".utf8), "is a TensorFlow.js model"),
    ("m.txt", Data("a model".utf8), "is a text file, not an ONNX model: name"),
    ("m.onnx", Data(), "is empty"),
    ("m.onnx", unmarked, "is not an ONNX model, or only part of one"),
  ])
  func aFileIsCalledByItsName(_ name: String, _ content: Data, _ reason: String) throws {
    let file = folder.url.appending(path: name)
    try content.write(to: file)
    let error = #expect(throws: GraphError.self) { try Model(contentsOf: file) }
    #expect(error?.message.contains("\(name) \(reason)") == true || error?.message.contains(reason) == true)
    #expect(error?.message.contains("\n") == false)
  }

  @Test(arguments: [
    ("saved", "saved_model.pb", "is a TensorFlow SavedModel"),
    ("m.mlpackage", "Manifest.json", "is a Core ML model"),
    ("m.mlmodelc", "model.mil", "is a Core ML model"),
    ("export", "model.onnx", "name the file in it, model.onnx"),
  ])
  func aFolderIsCalledByItsName(_ name: String, _ file: String, _ reason: String) throws {
    let inside = folder.url.appending(path: name)
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: inside.appending(path: file))
    let error = #expect(throws: GraphError.self) { try Model(contentsOf: inside) }
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }
}
