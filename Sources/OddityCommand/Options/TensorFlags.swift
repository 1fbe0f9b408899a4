import ArgumentParser

/// Tensors that a model's graph does not tell by itself.
struct TensorFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The image input, where the model has several.", valueName: "name"))
  var input: String?

  @Option(help: ArgumentHelp("The logits, where they are not found from the outputs.", valueName: "name"))
  var logits: String?
}
