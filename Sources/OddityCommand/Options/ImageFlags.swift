import ArgumentParser

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
      "In-distribution images that the classifier was not trained on, for p-values that hold (default: a fifth "
        + "of --id).", valueName: "source"))
  var calibration: [String] = []
}
