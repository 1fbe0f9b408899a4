import ArgumentParser
import Foundation
import OdditySettings
import Testing

@testable import OddityCommand

/// Each setting that the library names in Swift is an existing flag of the command.
@Suite struct SettingFlagsTests {
  @Test(arguments: Setting.allCases)
  func theCommandHasTheFlag(_ setting: Setting) throws {
    let words = setting.flag.split(separator: " ").map { $0.trimmingCharacters(in: ["'"]) }
    let isCommand = words[0] == "oddity"
    let commands = OddityCommand.configuration.subcommands.filter {
      !isCommand || $0.configuration.commandName == words[1]
    }
    try #require(!commands.isEmpty, "\(setting.flag)")
    let helps = commands.map { OddityCommand.helpMessage(for: $0) }
    let flags = Set(helps.flatMap { $0.matches(of: #/--[a-z-]+/#).map { String($0.output) } })
    #expect(flags.isSuperset(of: isCommand ? words[2...] : words[0...]), "\(setting.flag)")
  }
}
