import ArgumentParser
import Oddity

/// `oddity fit`: from a classifier and images of its kind to a guarded model.
struct FitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Selects a block, calibrates, and writes the guarded model.",
    discussion: """
      A SOURCE is a folder of images, an image, a .tar or .tar.gz of images, an IDX, CIFAR, .npy or .npz file, \
      @FILE with a path on each line, or - for paths on standard input.

        oddity fit model.onnx --id train/ --calibration held-out/ -o guarded.onnx
      """)

  @Argument(help: ArgumentHelp("The classifier, an ONNX file.", valueName: "model"))
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Where the guarded model goes.", valueName: "file"))
  var output: String

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup(title: "Images") var images: ImageFlags
  @OptionGroup(title: "False alarms") var falseAlarms: FalseAlarmFlags
  @OptionGroup(title: "Method") var method: MethodFlags
  @OptionGroup(title: "Classifier") var classifier: ClassifierFlags
  @OptionGroup(title: "Classifier") var tensors: TensorFlags
  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    try OutputPath.check(output, isNoneOf: [model] + images.id + images.calibration)
  }
}
