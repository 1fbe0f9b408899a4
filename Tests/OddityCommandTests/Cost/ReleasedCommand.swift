import Foundation
import TestSupport

/// The command in its released form, optimised and with Swift's runtime inside, which `make test` links
/// before the tests. Measures the cost of one more image in allocations and instructions, which do not depend
/// on other load on the machine.
struct ReleasedCommand {
  static let url = CommandUnderTest.executable.deletingLastPathComponent().appending(path: "oddity-static")

  static var isBuilt: Bool { FileManager.default.isExecutableFile(atPath: url.path) }

  private let folder: TemporaryFolder
  private let guarded: String
  init() throws {
    folder = try TemporaryFolder()
    guarded = try Workshop.shared.folder.path("guarded.onnx")
  }

  /// The allocations for one more image, counted by an interposed malloc.
  ///
  /// - Parameter extra: the number of additional allocations.
  func allocationsPerImage(extra: Int = 0) throws -> Double {
    let source = Fixtures.url("..").appending(path: "Interposer/allocations.c").standardized
    _ = try shell("cc -O1 -fno-builtin -shared -fPIC -o allocations.so '\(source.path)' -ldl")
    // Overlapping tasks make slightly more or fewer allocations. With so many images, this is not visible.
    return try perImage(64, 1088) { count in
      _ = try score(
        count,
        by:
          "LD_PRELOAD=./allocations.so ALLOCATIONS_FILE=allocations EXTRA_ALLOCATIONS=\(extra) '\(Self.url.path)'"
      )
      return Int(try text("allocations").trimmingCharacters(in: .newlines)) ?? 0
    }
  }

  /// The instructions of the command itself for one more image, without the engine and the decoders, counted
  /// by callgrind.
  func instructionsPerImage() throws -> Double {
    // Valgrind cannot read all debug information of the linker.
    _ = try shell("strip --strip-debug -o oddity '\(Self.url.path)'")
    // Valgrind also runs the engine, a hundred times as slowly, so there are few images.
    return try perImage(8, 24) { count in
      _ = try score(count, batch: 8, by: "valgrind --tool=callgrind --callgrind-out-file=profile ./oddity")
      return CallgrindProfile(try text("profile")).instructions(ofObject: "oddity")
    }
  }

  /// The difference between two numbers of images, in whole batches, so that the start does not count.
  private func perImage(_ few: Int, _ many: Int, _ measure: (Int) throws -> Int) throws -> Double {
    for count in [few, many] {
      _ = try PythonReference.run(
        "jpeg_images.py", arguments: [folder.path("\(count)"), "\(count)", "160", "120"])
    }
    return Double(try measure(many) - measure(few)) / Double(many - few)
  }

  private func score(_ count: Int, batch: Int = 32, by command: String) throws -> String {
    try shell(
      "\(command) score '\(guarded)' \(count) --threads 1 --batch \(batch) --quiet --output scores.jsonl")
  }

  private func shell(_ script: String) throws -> String {
    let engine = PythonReference.packageRoot.appending(path: ".build-engine/lib").path
    let outcome = try CommandUnderTest.shell(
      "export LD_LIBRARY_PATH='\(engine)'; \(script)", directory: folder.url)
    guard outcome.status == 0 else { throw Failure(script: script, messages: outcome.messages) }
    return outcome.output
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.url.appending(path: name)), as: UTF8.self)
  }

  private struct Failure: Error {
    let script: String
    let messages: String
  }
}
