import ArgumentParser
import Foundation
import Oddity
import OddityServer
import Testing
import TestSupport

@testable import OddityCommand

struct ServeSettingsTests {
  private func settings(
    _ flags: [String] = [], _ environment: [String: String] = [:], yaml: String? = nil
  ) throws -> ServeSettings {
    let folder = try TemporaryFolder()
    if let yaml { try Data(yaml.utf8).write(to: folder.url.appending(path: "serve.yaml")) }
    return try ServeSettings(
      ServeFlags.parse(flags), environment: environment, file: yaml.map { _ in folder.path("serve.yaml") })
  }

  @Test func withoutSettingsThereAreDefaults() throws {
    let settings = try settings(yaml: "")
    #expect(settings.host == "127.0.0.1" && settings.port == 8_080)
    #expect(settings.server.limits.maxBatch == 16 && settings.server.keys == nil)
  }

  @Test func aFlagGoesBeforeTheEnvironmentAndThatBeforeTheFile() throws {
    let yaml = "port: 1\nmax-batch: 2\nmax-delay: 3\nthumbnails: false\nlog-format: json\n"
    let environment = ["ODDITY_PORT": "10", "ODDITY_MAX_BATCH": "20", "MAX_BATCH": "9"]
    let settings = try settings(["--port", "100"], environment, yaml: yaml)
    #expect(settings.port == 100)
    #expect(settings.server.limits.maxBatch == 20)
    #expect(settings.server.limits.maxDelay == .milliseconds(3))
    #expect(settings.logFormat == .json)
    #expect(!settings.server.keepsThumbnails)
    let shown = try self.settings(["--thumbnails"], yaml: yaml)
    #expect(shown.server.keepsThumbnails)
  }

  /// Every flag can be set in all three places.
  @Test func everyKeyIsReadEverywhere() throws {
    let folder = try TemporaryFolder()
    try Data("0123456789abcdef\n".utf8).write(to: folder.url.appending(path: "keys"))
    let values = [
      "host": "::1", "port": "17", "api-key-file": folder.path("keys"), "state": folder.path("state"),
      "webhook": "https://alerts.example.com/x", "drift-delta": "0.25", "max-sources": "3",
      "thumbnails": "false", "max-batch": "4", "max-delay": "5.5",
      "max-queue": "6",
      "max-requests": "7", "max-body": "8", "max-bodies": "80", "max-pixels": "9", "max-images": "10",
      "max-body-time": "1.5",
      "max-idle-time": "2.5", "shutdown-delay": "3.5", "log-format": "json", "log-level": "debug",
    ]
    #expect(Set(values.keys) == ServeSettings.keys)
    let flags = values.flatMap { $0 == "thumbnails" ? ["--no-thumbnails"] : ["--\($0)", $1] }
    let environment = Dictionary(
      uniqueKeysWithValues: values.map { ("ODDITY_" + $0.uppercased().replacing("-", with: "_"), $1) })
    let yaml = values.map { key, value in
      ["host", "api-key-file", "state", "webhook"].contains(key)
        ? "\(key): '\(value)'\n" : "\(key): \(value)\n"
    }.joined()
    // One after another, because each opens the state file.
    for place in 0..<3 {
      let settings = try settings(
        place == 0 ? flags : [], place == 1 ? environment : [:], yaml: place == 2 ? yaml : nil)
      #expect(settings.host == "::1" && settings.port == 17)
      #expect(settings.logFormat == .json && settings.logLevel == .debug)
      let server = settings.server
      #expect(server.keys != nil && server.store != nil && !server.keepsThumbnails)
      #expect(server.webhook == (try WebhookAddress("https://alerts.example.com/x")))
      #expect(server.drift.delta == 0.25 && server.drift.streams == 3)
      let limits = server.limits
      #expect(limits.maxBatch == 4 && limits.maxDelay == .microseconds(5_500) && limits.queuedImages == 6)
      #expect(
        limits.concurrentRequests == 7 && limits.bodyBytes == 8 && limits.bodiesBytes == 80
          && limits.pixels == 9)
      #expect(
        limits.imagesInRequest == 10 && limits.bodyTime == .seconds(1.5) && limits.idleTime == .seconds(2.5))
      #expect(limits.shutdownNotice == .seconds(3.5))
    }
  }

  @Test(
    arguments: [
      (["--port", "65536"], [:], nil, "--port"), ([], ["ODDITY_PORT": "http"], nil, "ODDITY_PORT"),
      ([], [:], "port: [1]", "port in "), ([], [:], "port: {a: 1}", "port in "),
      ([], [:], "port: 1.5", "port in "), ([], [:], "prot: 1", "'prot'"),
      ([], [:], "- 1", "settings of the form"), ([], [:], "a: [", "YAML"),
      (["--max-delay=-1"], [:], nil, "--max-delay"),
      ([], ["ODDITY_THUMBNAILS": "perhaps"], nil, "ODDITY_THUMBNAILS"),
      (["--drift-delta", "0"], [:], nil, "--drift-delta"),
      ([], ["ODDITY_LOG_LEVEL": "loud"], nil, "ODDITY_LOG_LEVEL"),
      (["--max-delay", "nan"], [:], nil, "--max-delay"),
      (["--api-key-file", "/nowhere/keys"], [:], nil, "/nowhere/keys"),
      (["--state", "/nowhere/state"], [:], nil, "/nowhere/state"),
    ] as [([String], [String: String], String?, String)])
  func whatIsWrongIsNamed(flags: [String], environment: [String: String], yaml: String?, name: String) {
    let error = #expect(throws: OddityError.self) {
      try settings(flags, environment, yaml: yaml)
    }
    #expect(error.map { "\($0)".contains(name) } == true, "\(String(describing: error))")
  }
}
