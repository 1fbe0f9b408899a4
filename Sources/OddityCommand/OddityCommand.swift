import ArgumentParser
import Oddity

/// The command `oddity`.
struct OddityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oddity",
    abstract: "Finds the images that an ONNX classifier was not made for.",
    discussion: """
      Fit a detector to a classifier and images of the kind it was trained on; the result is the classifier \
      itself, with a score, a p-value and a verdict as further outputs.

        oddity fit model.onnx --id train/ --calibration held-out/ -o guarded.onnx
        oddity score guarded.onnx new-images/

      Exit codes: 0 done; 1 done, but an input failed; 2 usage; 65 bad model or data; 69 engine or decoder missing; \
      70 internal error; 74 output cannot be written; 130 interrupted.
      """,
    version: "oddity \(oddityVersion)",
    subcommands: [
      BlocksCommand.self, FitCommand.self, MergeCommand.self, ScoreCommand.self, EvaluateCommand.self,
      BenchmarkCommand.self,
      ServeCommand.self, InspectCommand.self, VerifyCommand.self, ScoresCommand.self,
    ])
}
