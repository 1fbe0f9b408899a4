import Foundation
import Harness

@testable import OddityCommand

/// The server's settings in a file.
enum Settings {
  static let targets = [
    FuzzTarget("configuration") { bytes in
      let file = try InputFile.path(holding: bytes, named: "serve.yaml")
      let places = try SettingPlaces(environment: [:], file: file, keys: ServeSettings.keys)
      var settings = ServeSettings()
      // A setting that names a file would open it, and an input could name any file of this machine.
      for setting in ServeSettings.all where !["api-key-file", "state"].contains(setting.key) {
        try setting.take(ServeFlags(), places, &settings)
      }
    }
  ]
}
