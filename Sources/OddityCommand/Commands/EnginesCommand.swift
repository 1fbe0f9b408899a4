import ArgumentParser
import Foundation
import Oddity

/// `oddity engines`: the engines that are installed here.
struct EnginesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engines",
    abstract: "Lists the engines that are found here, their versions and devices.",
    discussion: """
      An engine runs networks; --engine and --device of the other commands choose one. The first that is found is taken \
      where none is named. The variables ODDITY_ENGINE and ODDITY_DEVICE stand for the flags. The text ends with what a report of a bug \
      needs: version, system, processor, memory, and which variables of Oddity are set.

        oddity engines
      """)

  @Flag(help: "Print JSON in place of text.")
  var json = false

  func run() async throws {
    let engines = FoundEngine.all()
    let list = JSONValue.array(engines.map(\.json)).indented() + "\n"
    let text = engines.map(\.text).joined(separator: "\n") + "\n" + HostFacts.current().text
    try ResultWriter.print(json ? list : text)
    guard engines.contains(where: \.isFound) else {
      throw Stop(status: .engineMissing, message: "no engine that runs networks was found")
    }
  }
}

extension FoundEngine {
  fileprivate var isFound: Bool { (try? state.get()) != nil }

  fileprivate var json: JSONValue {
    var members: [JSONValue.Member] = [.init(key: "engine", value: .string(name.rawValue))]
    switch state {
    case .success(let found):
      members += [
        .init(key: "version", value: .string(found.version)),
        .init(key: "library", value: .string(found.library)),
        .init(key: "devices", value: .array(found.devices.map { .string($0) })),
      ]
    case .failure(let error): members.append(.init(key: "problem", value: .string(error.message)))
    }
    members += [
      .init(key: "searched", value: .array(searched.map { .string($0) })),
      .init(key: "variable", value: .string(variable)),
    ]
    return .object(members)
  }

  fileprivate var text: String {
    var lines: [String]
    switch state {
    case .success(let found):
      lines = [
        "\(name.rawValue): \(name.title) \(found.version)", "  library  \(FileName.shown(found.library))",
        "  devices  \(found.devices.joined(separator: ", "))",
      ]
    case .failure(let error):
      lines = ["\(name.rawValue): not usable", "  problem  \(error.message)"]
    }
    lines.append(
      "  searched \(searched.map(FileName.shown).joined(separator: ", ")); \(variable) names another")
    return lines.joined(separator: "\n") + "\n"
  }
}
