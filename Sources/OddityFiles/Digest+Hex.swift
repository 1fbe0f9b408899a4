import Crypto
import Foundation

extension SHA256.Digest {
  /// In lower-case hexadecimal.
  package var hex: String { map { String(format: "%02x", $0) }.joined() }
}

extension SHA256 {
  /// SHA-256 of a file, in hexadecimal.
  package static func hex(of file: URL) throws -> String {
    hash(data: try Data(contentsOf: file, options: .alwaysMapped)).hex
  }
}
