import ArgumentParser
import Oddity

extension ArgumentHelp {
  /// The help for the images that a command examines.
  static let images = ArgumentHelp(
    "Folders, images, archives, arrays, @FILE with a path on each line, or - for paths on standard input.",
    valueName: "source")
}

/// The in-distribution images of a fit.
struct ImageFlags: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "In-distribution images: of the kind the classifier was trained on.", valueName: "source"))
  var id: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "In-distribution images that the classifier was not trained on, which make the false-alarm rate hold "
        + "(default: a fifth of --id).", valueName: "source"))
  var calibration: [String] = []
}

/// The share of the images that this machine processes.
struct ShardFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take the K-th of N equal shares of every source, so that N machines divide the work (default: all of it).",
      valueName: "k/n"),
    transform: { try Shard(parsing: $0) })
  var shard: Shard?
}

/// A source of images with its name in the results: `NAME=SOURCE`.
struct NamedSource: Sendable, Equatable {
  let name: String
  let source: String

  /// - Throws: `OddityError.usage` if the name, the equals sign or the source is missing.
  init(parsing text: String) throws(OddityError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw OddityError(
        .usage,
        "\"\(text)\" is not of the form NAME=SOURCE: give the set a name, as in digits=path/to/digits")
    }
    (name, source) = (parts[0], parts[1])
  }
}
