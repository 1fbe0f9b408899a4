import ArgumentParser
import Foundation
import Oddity

/// `oddity engines`: the engines that are installed here.
struct EnginesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engines",
    abstract: "Lists the engines that are installed here, with their versions and devices.",
    discussion: """
      An engine runs networks; --engine and --device of the other commands choose one. If you name none, \
      Oddity takes the first one that it finds. The environment variables ODDITY_ENGINE and ODDITY_DEVICE do \
      the same as the flags. The output ends with what a bug report needs: version, system, processor, \
      memory, and which of Oddity's variables are set.

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
      throw Stop(status: .engineMissing, message: "no engine was found: install ONNX Runtime or OpenVINO")
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
      "  searched \(searched.map(FileName.shown).joined(separator: ", ")); set \(variable) to use another "
        + "library")
    return lines.joined(separator: "\n") + "\n"
  }
}
