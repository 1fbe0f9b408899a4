import ArgumentParser
import Oddity

/// The parameters of scores.
struct SettingFlags: ParsableArguments {
  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "A score's parameter, such as react.percentile=95; may be repeated.", valueName: "name.param=value"))
  var parameters: [String] = []

  func validate() throws {
    do { _ = try settings() } catch { throw ValidationError(error.message) }
  }

  /// - Throws: `OddityError.usage` for an unknown parameter or a bad value.
  func settings() throws(OddityError) -> ScoreSettings {
    var settings = ScoreSettings()
    for parameter in parameters { try settings.set(parameter) }
    return settings
  }
}
