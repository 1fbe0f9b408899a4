import ArgumentParser

/// `oddity evaluate`: how well guarded models tell in-distribution images from OOD images.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures guarded models against sets of OOD images.",
    discussion: """
      Prints AUROC, FPR95 in both definitions, and AUPR of every score of every model.

        oddity evaluate guarded.onnx --id test/ --ood digits=mnist/ textures=dtd.tar
      """)

  @Argument(help: ArgumentHelp("Guarded models.", valueName: "guarded"))
  var guarded: [String]

  @Option(help: ArgumentHelp("In-distribution images that were not used to fit.", valueName: "source"))
  var id: String

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Sets of OOD images.", valueName: "name=source"),
    transform: { try NamedSource(parsing: $0) })
  var ood: [NamedSource]

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    let names = ood.map(\.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw ValidationError("two OOD sets are called \(twice): give each its own name")
    }
  }
}
