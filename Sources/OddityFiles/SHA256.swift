import CNettle
import Foundation

/// SHA-256 (FIPS 180-4), by the Nettle library, which libarchive needs too.
package struct SHA256: Sendable {
  private var context = sha256_ctx()

  package init() { nettle_sha256_init(&context) }

  package mutating func update(data: Data) {
    data.withUnsafeBytes {
      nettle_sha256_update(&context, $0.count, $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
  }

  package consuming func finalize() -> Digest {
    var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
    oddity_sha256_digest(&context, &bytes)
    return Digest(bytes: bytes)
  }

  package static func hash(data: Data) -> Digest {
    var hash = SHA256()
    hash.update(data: data)
    return hash.finalize()
  }

  /// 32 bytes, compared in constant time.
  package struct Digest: Equatable, Sendable {
    package let bytes: [UInt8]

    /// In lower-case hexadecimal.
    package var hex: String { bytes.map { String(format: "%02x", $0) }.joined() }

    package static func == (left: Self, right: Self) -> Bool {
      nettle_memeql_sec(left.bytes, right.bytes, left.bytes.count) != 0
    }
  }
}
