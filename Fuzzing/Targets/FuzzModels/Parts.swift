import Foundation
import Harness
import OddityFiles

@testable import OddityFit

/// The part of a fit that one machine writes. Its checksum is repaired, as an attacker would do.
enum Parts {
  static let targets = [
    FuzzTarget("part", repair: repair) { bytes in
      let parts = try PartSet(paths: [InputFile.path(holding: bytes, named: "1.part")])
      for part in parts.parts { _ = try part.summary.terms.options(run: RunOptions()) }
    }
  ]

  private static let checksumLength = 32

  @Sendable
  private static func repair(_ bytes: inout [UInt8]) {
    guard bytes.count > checksumLength else { return }
    let content = bytes.dropLast(checksumLength)
    bytes.replaceSubrange(content.count..., with: SHA256.hash(data: Data(content)).bytes)
  }
}
