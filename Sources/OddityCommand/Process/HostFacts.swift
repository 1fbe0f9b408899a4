import Foundation
import Oddity

/// What a bug report needs to know about a machine. It does not contain the name of the machine or its user.
struct HostFacts {
  /// Names with their values.
  let facts: [(name: String, value: String)]

  /// The facts of this machine.
  static func current() -> HostFacts {
    let memory = Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)
    let variables = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("ODDITY_") }.sorted()
    return HostFacts(facts: [
      ("oddity", oddityVersion),
      ("system", system),
      ("processor", processor),
      ("memory", "\(Numbers.fixed(memory, 1)) GiB"),
      // Only the names of variables, because their values may be secret.
      ("variables", variables.isEmpty ? Numbers.none : variables.joined(separator: ", ")),
    ])
  }

  var text: String {
    let width = facts.map(\.name.count).max() ?? 0
    return facts.map { name, value in
      name + String(repeating: " ", count: width - name.count) + "  " + value + "\n"
    }.joined()
  }

  private static var system: String {
    var names = utsname()
    uname(&names)
    let release = lines("/etc/os-release").first { $0.hasPrefix("PRETTY_NAME=") }
    let distribution = release?.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\""]) ?? "unknown"
    return "\(distribution), \(text(&names.sysname)) \(text(&names.release)), \(text(&names.machine))"
  }

  private static var processor: String {
    let facts = lines("/proc/cpuinfo")
    func value(_ name: String) -> String? {
      facts.first { $0.hasPrefix(name) }?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    }
    let flags = Set((value("flags") ?? "").split(separator: " ").map(String.init))
    let extensions = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"].filter(flags.contains)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return ([value("model name") ?? "unknown", "\(cores) cores"] + extensions).joined(separator: ", ")
  }

  private static func lines(_ path: String) -> [Substring] {
    let content = FileManager.default.contents(atPath: path) ?? Data()
    return String(decoding: content, as: UTF8.self).split(separator: "\n")
  }

  private static func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
