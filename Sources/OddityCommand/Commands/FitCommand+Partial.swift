import ArgumentParser
import Oddity
import Engines

/// `oddity fit --partial`: one machine's part of a fit.
extension FitCommand {
  func fitPart(_ model: String, to path: String, _ console: Console) async throws {
    let file = try AtomicFile(path: path)
    let begun = try begin(model, console)
    let part = try await PartialFit(
      begun.model, inDistribution: begun.inDistribution, calibration: begun.calibration,
      shard: sharing.shard ?? .whole, options: begun.options, engine: engine.open())
    console.endProgress()
    for warning in part.warnings { console.warn(warning.text) }
    for failure in part.failures { console.warn("\(failure)") }
    try await part.write(to: file)
    try ResultWriter.print(
      json ? part.json(output: path).indented() + "\n" : part.text(output: path))
    if !part.failures.isEmpty { throw Stop(status: .inputFailed, message: nil) }
  }

  /// Refuses options that write or show a guarded model, because a part of a fit is not one.
  func refuseWhatFinishes() throws {
    if method.map != nil {
      throw ValidationError(
        "--with-map does not work with --partial, because a map is calibrated on the images after the block "
          + "is selected: fit on one machine"
      )
    }
    let given: [(String, Bool)] = [
      ("--output", output != nil), ("--report", reporting.report != nil),
      ("--from", recalibration.from != nil), ("--raw-input", raw.rawInput),
    ]
    if let flag = given.first(where: \.1)?.0 {
      throw ValidationError(
        "\(flag) does not work with --partial, because only 'oddity merge' makes the guarded model: leave "
          + "\(flag) out"
      )
    }
  }
}

extension PartialFit {
  /// The content of the part, as `oddity fit --partial` prints it.
  fileprivate func json(output: String) throws -> JSONValue {
    [
      "shard": .string(shard.description), "images": JSONValue(images),
      "parts": try JSONValue(encoding: parts), "failures": JSONValue(failures.count),
      "output": .string(output),
    ]
  }

  fileprivate func text(output: String) -> String {
    let whole = shard == .whole ? "" : "shard \(shard), "
    return
      "wrote \(output): \(whole)\(images) images: \(parts.fit) to fit, \(parts.select) to select, "
      + "\(parts.calibrate) to calibrate\n"
  }
}
