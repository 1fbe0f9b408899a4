import ArgumentParser

/// How the classifier wants its images, and what its classes are called.
struct ClassifierFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How images become tensors: imagenet, cifar, a JSON file, or a preprocessor_config.json (default: values "
        + "scaled to [0, 1]).", valueName: "spec"))
  var preprocess: String?

  @Option(
    help: ArgumentHelp("Names of the classes, one a line, in the order of their indices.", valueName: "file"))
  var labels: String?
}
