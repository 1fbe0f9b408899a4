import ArgumentParser
import Foundation
import Imaging
import ONNXGraph
import Oddity
import OpenVINORuntime

/// `oddity fit --partial`: one machine's part of a fit.
extension FitCommand {
  func fitPart(_ model: String, to path: String, _ console: Console) async throws {
    let file = try AtomicFile(path: path)
    let loaded = try Model(contentsOf: URL(filePath: model))
    var options = try options(console)
    try SourceCheck.refuseMissing(images.id + images.calibration)
    let inDistribution = try images.id.map { try ImageSources.open($0) }
    let calibration = try images.calibration.map { try ImageSources.open($0) }
    options.warnings = try warningsBeforehand(inDistribution + calibration, of: loaded, options)
    options.warnings.forEach { console.warn($0.text) }
    let part = try await PartialFit(
      loaded, inDistribution: inDistribution, calibration: calibration, shard: sharing.shard ?? .whole,
      options: options, engine: Engine())
    console.endProgress()
    for warning in part.warnings { console.warn(warning.text) }
    for failure in part.failures { console.warn("\(failure)") }
    try await part.write(to: file)
    let report = PartReport(part, output: path)
    try ResultWriter.print(report, asJSON: json, text: report.text)
    if !part.failures.isEmpty { throw Stop(status: .inputFailed, message: nil) }
  }

  /// A part is no guarded model: what says where one goes, or shows one, is a mistake.
  func refuseWhatFinishes() throws {
    let given: [(String, Bool)] = [
      ("--output", output != nil), ("--report", reporting.report != nil),
      ("--from", recalibration.from != nil),
    ]
    if let flag = given.first(where: \.1)?.0 {
      throw ValidationError(
        "\(flag) and --partial: a part of a fit becomes a guarded model with 'oddity merge', so leave \(flag) out"
      )
    }
  }
}

/// What a part holds, as `oddity fit --partial` prints it.
private struct PartReport: Encodable {
  let shard: String
  let images: Int
  let parts: PartCounts
  let failures: Int
  let output: String

  init(_ part: PartialFit, output: String) {
    (shard, images, parts) = (part.shard.description, part.images, part.parts)
    (failures, self.output) = (part.failures.count, output)
  }

  var text: String {
    let whole = shard == Shard.whole.description ? "" : "shard \(shard), "
    return
      "wrote \(output): \(whole)\(images) images, of which \(parts.fit) are to fit, \(parts.select) to select, "
      + "and \(parts.calibrate) to calibrate\n"
  }
}
