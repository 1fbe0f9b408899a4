/// What the command will have and has not yet, so that asking for it says what there is instead.
struct UnbuiltFeature {
  /// As it is typed.
  let name: String
  /// What to use until then.
  let instead: String

  static let commands = [
    "blocks", "fit", "score", "evaluate", "benchmark", "serve", "inspect", "verify", "scores",
  ]

  private static let unbuiltCommands = ["merge"]

  private static let unbuiltFlags = [
    UnbuiltFeature(
      name: "--shard", instead: "fit and score run over whole sources; fit --limit N takes a sample"),
    UnbuiltFeature(name: "--partial", instead: "fit runs over whole sources; --limit N takes a sample"),
    UnbuiltFeature(name: "--resume", instead: "score writes the whole of --output in one run"),
  ]

  /// The message for the first argument that asks for something that is not built yet, or nil.
  static func refusal(_ arguments: [String]) -> String? {
    if let command = arguments.first, unbuiltCommands.contains(command) {
      return "the command \(command) is not built yet: there are " + commands.joined(separator: ", ")
    }
    let options = arguments.prefix { $0 != "--" }
    for option in options {
      let name = option.prefix { $0 != "=" }
      guard let feature = unbuiltFlags.first(where: { $0.name == name }) else { continue }
      return "\(feature.name) is not built yet: \(feature.instead)"
    }
    return nil
  }
}
