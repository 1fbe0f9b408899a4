import ArgumentParser
import Oddity

/// `oddity scores`: the scores that can be fitted.
struct ScoresCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scores",
    abstract: "Lists the scores that can be fitted.",
    discussion: """
      For each score the command prints what it measures, what it learns from in-distribution images, what \
      it costs beyond the forward pass, which networks it works on, and how NAME+norm uses the FeatureNorm \
      of the selected block. --json adds the parameters that --set takes, with their ranges.

        oddity scores
        oddity fit model.onnx --id train/ --score knn,knn+norm --set knn.K=10 -o guarded.onnx
      """)

  @Argument(help: ArgumentHelp("Show only this score, with its parameters.", valueName: "name"))
  var name: String?

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  func validate() throws {
    do { _ = try listed() } catch { throw ValidationError(error.message) }
  }

  func run() async throws {
    let listed = try listed()
    let report: JSONValue = ["scores": .array(listed.map(\.json))]
    try ResultWriter.print(
      json
        ? report.indented() + "\n"
        : name == nil ? listed.table : listed.map(\.details).joined(separator: "\n"))
  }

  private func listed() throws(OddityError) -> [ScoreDescription] {
    guard let name else { return Scores.all }
    return try Scores.descriptions(of: name)
  }
}
