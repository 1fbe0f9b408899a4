import Foundation
import Testing

@testable import OddityFiles

struct SHA256Tests {
  /// The examples of FIPS 180-4's companion (NIST, "SHA256.pdf"), and the result of Python's hashlib for a
  /// million letters.
  @Test(arguments: [
    ("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ), ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ])
  func knownDigests(text: String, times: Int, digest: String) {
    let data = Data(String(repeating: text, count: times).utf8)
    #expect(SHA256.hash(data: data).hex == digest)
    var hash = SHA256()
    for start in stride(from: 0, to: data.count, by: 1_000) {
      hash.update(data: data[start..<min(start + 1_000, data.count)])
    }
    #expect(hash.finalize().hex == digest)
    #expect(SHA256.hash(data: data + [0]) != SHA256.hash(data: data))
  }
}
