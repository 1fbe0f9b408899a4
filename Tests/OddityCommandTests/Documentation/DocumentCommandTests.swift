import Foundation
import Testing
import TestSupport

/// The commands in README and the other documents, in a folder with files of the same names.
@Suite(.enabled(if: TestedEngine.isOpenVINO, "one document is about choosing the other engine"))
struct DocumentCommandTests {
  private struct Findings: Decodable {
    struct Run: Decodable {
      let document, command, messages: String
      let status: Int
    }
    let runs: [Run]
    /// Flags that no command has, by document.
    let flags: [String: [String]]
  }

  /// The results of these commands for the test images do not matter.
  private static let mayFindFault = ["oddity diagnose", "oddity assess"]

  @Test func everyCommandRuns() throws {
    let found = try PythonReference.run(
      "document_commands.py",
      arguments: [
        CommandUnderTest.executable.path, Workshop.shared.folder.url.path,
        Fixtures.url("residual.dyn.onnx").path,
      ])
    let findings = try JSONDecoder().decode(Findings.self, from: found)
    #expect(findings.runs.count >= 29)
    for run in findings.runs {
      let isJudgement = Self.mayFindFault.contains { run.command.hasPrefix($0) }
      // CI does not have such a GPU, and may not have this engine.
      let lacksEngine = run.command.contains("--engine onnxruntime") && run.status == 69
      let lacksCard = run.command.contains("--device cuda") && run.messages.contains("has no cuda")
      let isElsewhere = lacksEngine || lacksCard
      #expect(
        run.status == 0 || isElsewhere || isJudgement && run.status == 1,
        "\(run.document): \(run.command) ends with \(run.status): \(run.messages)")
    }
    #expect(findings.flags.isEmpty, "no command has these flags: \(findings.flags)")
  }
}
