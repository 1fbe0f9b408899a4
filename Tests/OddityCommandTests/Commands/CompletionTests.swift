import Foundation
import Testing
import TestSupport

/// The shell completions that `make install` writes.
struct CompletionTests {
  @Test(arguments: [
    "bash": "share/bash-completion/completions/oddity", "zsh": "share/zsh/site-functions/_oddity",
    "fish": "share/fish/vendor_completions.d/oddity.fish",
  ])
  func everyCommandIsCompleted(shell: String, path: String) throws {
    let folder = try TemporaryFolder()
    let script = PythonReference.packageRoot.appending(path: "Scripts/put-completions")
    let process = Process()
    process.executableURL = script
    process.arguments = [CommandUnderTest.executable.path, folder.url.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let text = try String(contentsOf: folder.url.appending(path: path), encoding: .utf8)
    for command in ["fit", "score", "diagnose", "verify"] { #expect(text.contains(command)) }
    #expect(text.contains("calibration"))
  }
}
