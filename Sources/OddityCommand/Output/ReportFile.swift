import Foundation
import Oddity
import OpenVINORuntime

/// The HTML file of `--report`, opened before the work whose result goes there.
struct ReportFile {
  private let file: AtomicFile

  /// - Throws: `OddityError.output` where the file cannot be written.
  init(path: String) throws(OddityError) {
    file = try AtomicFile(path: path)
  }

  /// Makes the page the file's content, whole or not at all.
  ///
  /// - Throws: `OddityError.output`.
  func write(_ html: String) throws(OddityError) {
    try file.write(Data(html.utf8))
    try file.commit()
  }

  /// The engine's version, as reports name it.
  static var engineVersion: String? { try? Engine.version }
}
