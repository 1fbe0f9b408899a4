import ArgumentParser
import Foundation
import Oddity
import OddityReport
import Engines

/// `oddity benchmark`: the tables of a paper, from a file that says what to measure.
struct BenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measures networks, scores and blocks on sets of images, and writes the tables.",
    discussion: """
      SUITE.yaml names networks, in-distribution images, OOD sets and scores; paths are relative to it. \
      Every network sees every image once. Measurements are saved as they are made. If a benchmark is \
      interrupted, run it again: it continues where it stopped.

        oddity benchmark Benchmarks/cifar10.yaml --output cifar10.results
      """)

  @Argument(help: ArgumentHelp("What to measure.", valueName: "suite.yaml"))
  var suite: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Folder for the tables and the measurements (default: the suite's name, with .results).",
      valueName: "dir"))
  var output: String?

  @Option(
    name: .customLong("pseudo-ood"),
    help: ArgumentHelp(
      "Kinds of pseudo-OOD images to make, from \(PseudoOOD.available); the first one selects the block "
        + "(default: \(PseudoOOD.jigsaw)).", valueName: "kind,…"),
    transform: { try [PseudoOOD](parsing: $0) })
  var pseudoOOD = [PseudoOOD.jigsaw]

  @OptionGroup var set: SettingFlags

  @Flag(help: "Write the table for LaTeX too, as results.tex.")
  var latex = false

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var reporting: ReportFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    if output?.isEmpty == true { throw ValidationError("--output is empty: name a folder") }
    try reporting.check(isNoneOf: [suite])
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let suite = try Suite(contentsOf: suite)
    let folder = output ?? URL(filePath: self.suite).deletingPathExtension().lastPathComponent + ".results"
    // The report may be written into this folder.
    if reporting.report != nil { try OutputFolder.create(folder) }
    let reportFile = try reporting.open()
    let opened = try engine.open()
    let benchmark = try await Benchmark(
      suite, measurementsIn: folder + "/measurements", options: options(console), engine: opened)
    console.endProgress()
    for failure in benchmark.failures { console.warn(failure) }
    for network in benchmark.report.networks {
      for warning in network.fit.warningsToSay { console.warn("\(network.name): \(warning.text)") }
    }
    let files = try BenchmarkFiles(benchmark.report)
    try files.write(to: folder, withLaTeX: latex)
    try reportFile?.finish(with: BenchmarkPage(benchmark, engine: opened.description).html)
    try ResultWriter.print(json ? files.json : files.layout.text)
    if !benchmark.failures.isEmpty { throw Stop(status: .inputFailed, message: nil) }
  }

  private func options(_ console: Console) throws -> BenchmarkOptions {
    var options = BenchmarkOptions()
    options.pseudoOOD = pseudoOOD
    options.settings = try set.settings()
    options.run = engine.runOptions(console)
    options.note = { console.warn($0) }
    return options
  }
}

/// The files that a benchmark writes. Each is written whole or not at all.
struct BenchmarkFiles {
  /// The content of `results.json`, which `--json` also prints.
  let json: String
  /// The layout of the tables, for the other files and the terminal.
  let layout: PaperLayout

  init(_ report: BenchmarkReport) throws {
    json = try JSONValue(encoding: report).indented() + "\n"
    layout = PaperLayout(report.networks.map(\.results))
  }

  /// - Throws: `OddityError.output`.
  func write(to folder: String, withLaTeX: Bool) throws(OddityError) {
    var files = [("results.md", layout.markdown), ("results.csv", layout.csv)]
    if withLaTeX { files.append(("results.tex", layout.laTeX)) }
    if let full = layout.fullSpectrum { files.append(("full-spectrum.csv", full.csv)) }
    for (name, content) in files + [("results.json", json)] {
      try AtomicFile.write(Data(content.utf8), to: "\(folder)/\(name)")
    }
    // Removes files of an earlier run that this run does not write, because they would contradict the
    // results.
    for name in ["results.tex", "full-spectrum.csv"] where !files.contains(where: { $0.0 == name }) {
      try OutputFolder.remove("\(folder)/\(name)")
    }
  }
}
