import ArgumentParser
import Foundation
import Oddity
import Engines

/// How a network is run: the common flags of all commands that run one.
struct EngineFlags: ParsableArguments {
  @OptionGroup var threading: ThreadFlags
  @OptionGroup var device: DeviceFlags

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many images go through the network at once (default: 32, or fewer if images are large).",
      valueName: "n"))
  var batch: Int?

  @Option(
    help: ArgumentHelp(
      "Arithmetic of the engine: f32 or bf16; bf16 is faster on processors that support it, and changes "
        + "logits by about 0.3 %.", valueName: "f32|bf16"))
  var precision = Precision.f32

  @Option(help: ArgumentHelp("Keep compiled networks here; later runs start faster.", valueName: "dir"))
  var cacheDir: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The most memory, in MiB, that a network's tensors may take on the graphics card; works with the "
        + "device cuda only (default: no limit).",
      valueName: "mib"))
  var deviceMemory: Int?

  func validate() throws {
    if let deviceMemory, !(1...(1 << 30)).contains(deviceMemory) {
      throw ValidationError("--device-memory \(deviceMemory): give a number of MiB from 1 to \(1 << 30)")
    }
    if let batch, batch < 1 { throw ValidationError("--batch \(batch): at least 1 is needed") }
    if let cacheDir,
      (try? URL(filePath: cacheDir).resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == false
    {
      throw ValidationError("--cache-dir \(cacheDir) is a file, not a folder: name a folder")
    }
  }

  /// Opens the engine that the flags name.
  func open() throws(EngineError) -> Engine { try device.open() }

  /// The flags as options of the library, with progress on the console.
  func runOptions(_ console: Console) -> RunOptions {
    RunOptions(
      threads: threading.threads, batchSize: batch, precision: precision, cacheDirectory: cacheDir,
      deviceMemory: deviceMemory.map { $0 << 20 },
      progress: console.show)
  }
}

/// The number of threads of the engine.
struct ThreadFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads of the engine (default: one for each core).", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed") }
  }
}

extension Precision: ExpressibleByArgument {}
