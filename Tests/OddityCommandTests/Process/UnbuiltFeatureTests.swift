import Testing

@testable import OddityCommand

@Suite struct UnbuiltFeatureTests {
  @Test(arguments: ["merge"])
  func commandsToComeNameThoseThatThereAre(command: String) throws {
    let message = try #require(UnbuiltFeature.refusal([command, "x"]))
    #expect(
      message.contains(command)
        && message.contains("blocks, fit, score, evaluate, benchmark, serve, inspect, verify, scores"))
  }

  @Test(arguments: [
    "--shard",
    "--partial",
    "--resume",
  ])
  func flagsToComeSayWhatThereIsInstead(flag: String) throws {
    for argument in [flag, flag + "=value"] {
      let message = try #require(UnbuiltFeature.refusal(["fit", "model.onnx", argument]))
      #expect(message.hasPrefix("\(flag) is not built yet: "))
    }
  }

  @Test func whatIsBuiltPasses() {
    #expect(UnbuiltFeature.refusal(["fit", "m", "--id", "serve", "-o", "x"]) == nil)
    #expect(UnbuiltFeature.refusal(["score", "g", "--", "--shard"]) == nil)
    #expect(UnbuiltFeature.refusal([]) == nil)
  }

  @Test func theListOfCommandsIsTheCommands() {
    #expect(
      OddityCommand.configuration.subcommands.map { $0.configuration.commandName ?? "" }
        == UnbuiltFeature.commands)
  }
}
