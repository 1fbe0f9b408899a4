import ArgumentParser
import Oddity

/// The preprocessing, class names and head of the classifier.
struct ClassifierFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How images become tensors: imagenet, cifar, Keras's tf, torch or caffe, a JSON file, a "
        + "preprocessor_config.json, or timm's config.json (default: values are scaled to [0, 1], or stay "
        + "bytes if the model takes integers).", valueName: "spec"))
  var preprocess: String?

  @Option(
    help: ArgumentHelp(
      "Names of the classes, one per line, in the order of their indices.", valueName: "file"))
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "How the logits become probabilities: softmax if each image has exactly one class, sigmoid for a "
        + "single logit or if several labels can be true of one image (default: sigmoid if a Sigmoid follows "
        + "the logits, else softmax).",
      valueName: "softmax|sigmoid"))
  var head: HeadKind?
}

/// Whether the guarded model takes raw pixels.
struct RawInputFlag: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Put resize, crop and normalisation into the guarded model: it then takes decoded images of any size, uint8 [N, height, "
        + "width, 3]."))
  var rawInput = false
}

extension HeadKind: ExpressibleByArgument {}

/// Names of tensors, if the graph of a model does not determine them.
struct TensorFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The image input, if the model has several.", valueName: "name"))
  var input: String?

  @Option(
    help: ArgumentHelp(
      "The tensor of the logits, if Oddity does not find it from the outputs.", valueName: "name"))
  var logits: String?
}
