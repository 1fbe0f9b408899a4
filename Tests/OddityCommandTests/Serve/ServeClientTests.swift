import Foundation
import Testing
import TestSupport

/// The server from its clients' view: in a separate process, with public clients from PyPI.
struct ServeClientTests {
  /// Also with a file that takes pixels.
  @Test(arguments: [false, true])
  func tritonsClientGetsWhatONNXRuntimeComputes(takesPixels: Bool) throws {
    let workshop = try Workshop.shared
    let guarded = takesPixels ? "guarded-pixels.onnx" : "guarded.onnx"
    if takesPixels {
      let fit = try workshop.oddity("fit", "--from", "guarded.onnx", "--raw-input", "--output", guarded)
      #expect(fit.status == 0, "\(fit.messages)")
    }
    let differences = try serve("triton.py", images(6), of: guarded, as: [String: [String: Double]].self)
    for kind in ["tensors", "binary"] {
      #expect(differences[kind]?.count == 7)
      for (output, difference) in differences[kind] ?? [:] {
        #expect(difference < 1e-3, "\(kind) \(output)")
      }
    }
    #expect(differences["images"] == ["ood_score": 0])
    #expect(differences["pictures"] == ["ood_score": 0, "ood_p_value": 0, "ood_is_outlier": 0])
  }

  private struct Contract: Decodable {
    let status: Int
    let alive: Int
    let output: String
  }

  @Test func schemathesisFindsNoFailure() throws {
    let contract = try serve("contract.py", ["40"], as: Contract.self)
    #expect(contract.status == 0, "\(contract.output)")
    #expect(contract.alive == 200)
  }

  /// Without this answer, curl waits for a second with every larger image.
  @Test func whoAsksMaySendABody() throws {
    let lines = try serve("expect.py", images(1), as: [String: String].self)
    #expect(lines["image"] == "HTTP/1.1 100 Continue" && lines["then"] == "HTTP/1.1 200 OK")
    #expect(lines["huge"]?.hasPrefix("HTTP/1.1 413") == true)
  }

  /// Waiting requests take much memory.
  @Test func aConnectionOnWhichTooManyRequestsWaitIsClosed() throws {
    let answers = try serve("pipeline.py", [], as: [String: Int].self)
    #expect(answers["100"] == 100 && answers["live"] == 200)
    #expect(answers["1000"].map { $0 < 1_000 } == true, "\(answers)")
  }

  private struct Mutations: Decodable {
    let statuses: [String: Int]
    let wrong: [[String]]
    let slow: [String: String]
    let alive: Int
    let said: String
  }

  @Test func wrongBodiesAndSlowClientsAreRefused() throws {
    let count = Int(ProcessInfo.processInfo.environment["ODDITY_MUTATIONS"] ?? "") ?? 800
    let found = try serve("mutations.py", ["\(count)"] + images(4), as: Mutations.self)
    #expect(found.wrong.isEmpty, "\(found.wrong)")
    #expect(found.statuses.values.reduce(0, +) == count)
    for status in ["400", "404", "413", "422"] { #expect(found.statuses[status] ?? 0 > 0, "\(status)") }
    #expect(
      found.slow["body"]?.contains("408") == true && found.slow["closed"] == "body head reader",
      "\(found.slow)")
    #expect(found.alive == 200)
    #expect(!found.said.contains("error"), "\(found.said)")
  }

  @Test func requestsInFlightEndBeforeTheServer() throws {
    let found = try serve("shutdown.py", images(1), as: [String: Int].self)
    #expect(
      found == [
        "ready": 200, "ready afterwards": 503, "live afterwards": 200, "in flight": 200, "status": 0,
      ])
  }

  @Test func whatCannotBeServedIsSaid() throws {
    let workshop = try Workshop.shared
    try FileManager.default.createDirectory(
      at: workshop.folder.url.appending(path: "twin"), withIntermediateDirectories: true)
    try? FileManager.default.createSymbolicLink(
      at: workshop.folder.url.appending(path: "twin/guarded.onnx"),
      withDestinationURL: workshop.folder.url.appending(path: "guarded.onnx"))
    let twice = try workshop.oddity("serve", "guarded.onnx", "twin/guarded.onnx", "--port", "0")
    #expect(twice.status == 2 && twice.messages.contains("'guarded'"))
    let plain = try workshop.oddity("serve", Fixtures.url("residual.dyn.onnx").path, "--port", "0")
    #expect(plain.status == 65 && plain.messages.contains("oddity fit"))
    let host = try workshop.oddity("serve", "guarded.onnx", "--host", "192.0.2.1", "--port", "0")
    #expect(host.status != 0 && host.messages.contains("192.0.2.1"), "\(host.messages)")
    let files = try CommandUnderTest.shell(
      "ulimit -n 100; exec \"$oddity\" serve guarded.onnx --port 0", directory: workshop.folder.url)
    #expect(
      files.status == 2 && files.messages.hasSuffix("raise the limit with ulimit -n\n"), "\(files.messages)")
  }

  private struct Restarts: Decodable {
    struct Stream: Decodable, Equatable {
      let images: Int
      let logWealth: Double
      enum CodingKeys: String, CodingKey {
        case images
        case logWealth = "log_wealth"
      }
    }
    let committed, afterKill, beforeStop, afterStop, restarted: [String: Stream]
    let status, statusWhenFull: Int
    let saidWhenFull: String
    enum CodingKeys: String, CodingKey {
      case committed, restarted, status
      case statusWhenFull = "status when full"
      case saidWhenFull = "said when full"
      case afterKill = "after kill -9"
      case beforeStop = "before SIGTERM"
      case afterStop = "after SIGTERM"
    }
  }

  @Test func streamsGoOnAfterAKillAndAStop() throws {
    let folder = try TemporaryFolder()
    let found = try serve("restart.py", [folder.path("state.sqlite")] + images(6), as: Restarts.self)
    #expect(found.committed["door"]?.images == 6)
    #expect(found.afterKill == found.committed)
    #expect(found.beforeStop["door"]?.images == 12)
    #expect(found.afterStop == found.beforeStop)
    #expect(found.status == 0)
    #expect(found.restarted.isEmpty)
    #expect(found.statusWhenFull == 74)
    #expect(
      found.saidWhenFull.hasPrefix("oddity: streams were not saved to --state "), "\(found.saidWhenFull)")
  }

  private struct Load: Decodable {
    let answered, wrong, requests, status: Int
    let halfFailed, doubleFailed, doubleAccepted: Int
    enum CodingKeys: String, CodingKey {
      case answered, wrong, requests, status
      case halfFailed = "half_failed"
      case doubleFailed = "double_failed"
      case doubleAccepted = "double_accepted"
    }
  }

  /// `make soak` in short form. Its speed depends on the machine, but its answers do not.
  @Test(.enabled(if: TestedEngine.isOpenVINO, "others compute the last digits by the size of a batch"))
  func answersOfSixtyFourClientsAreThoseOfScore() throws {
    let folder = try TemporaryFolder()
    let list = folder.url.appending(path: "files")
    try Data(images(8).joined(separator: "\n").utf8).write(to: list)
    let load = try serve("../../../Benchmarks/serve/soak.py", [list.path], as: Load.self)
    #expect(load.answered > 0 && load.wrong == 0 && load.requests >= 2_000)
    #expect(load.halfFailed == 0 && load.doubleFailed == 0 && load.doubleAccepted > 0)
    #expect(load.status == 0)
  }

  private struct PageFindings: Decodable {
    struct Screenshot: Decodable {
      let overflow: Int
      let color: String
    }
    let verdict: String?
    let title, text, color: String
    let charts, thumbnails: Int
    let log: [String]
    let light, dark, phone: Screenshot
  }

  @Test func thePageShowsTrafficAndScoresWhatIsDropped() throws {
    let folder = try TemporaryFolder()
    let kept = ProcessInfo.processInfo.environment["ODDITY_SCREENSHOTS"].map { URL(filePath: $0) }
    let shown = try files("odd", 3) + images(kept == nil ? 5 : 60)
    let page = try serve("page.py", [folder.url.path] + shown, as: PageFindings.self)
    #expect(page.verdict?.contains("p-value") == true)
    #expect(page.title == "Oddity" && page.charts == 3)
    #expect(page.thumbnails > 0)
    #expect(page.text.contains("camera-1") && page.text.contains("NormRatio"))
    #expect(page.log.isEmpty, "\(page.log)")
    #expect(page.light.color == page.color && page.dark.color != page.color)
    for screenshot in [page.light, page.dark, page.phone] { #expect(screenshot.overflow <= 0) }
    for name in ["light", "dark", "phone"] {
      #expect(try Data(contentsOf: folder.url.appending(path: "\(name).png")).count > 10_000)
    }
    // docs/serving.md shows this screenshot.
    if let kept {
      let light = try Data(contentsOf: folder.url.appending(path: "light.png"))
      try light.write(to: kept.appending(path: "server.png"))
    }
  }

  private func path(_ name: String) -> String { (try? Workshop.shared.folder.path(name)) ?? name }

  private func images(_ count: Int) throws -> [String] { try files("new", count) }

  private func files(_ folder: String, _ count: Int) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted().prefix(count).map {
      path("\(folder)/\($0)")
    }
  }

  private func serve<Output: Decodable>(
    _ script: String, _ arguments: [String], of guarded: String = "guarded.onnx", as: Output.Type
  ) throws -> Output {
    let output = try PythonReference.run(
      "serve/\(script)", arguments: [CommandUnderTest.executable.path, path(guarded)] + arguments)
    return try JSONDecoder().decode(Output.self, from: output)
  }
}
