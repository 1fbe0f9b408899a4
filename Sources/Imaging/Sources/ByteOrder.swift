#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension String {
  /// The order of UTF-8 bytes, which does not depend on language or normalisation.
  func precedesInBytes(_ other: String) -> Bool {
    var (left, right) = (self, other)
    return left.withUTF8 { left in
      right.withUTF8 { right in
        guard let start = left.baseAddress, let otherStart = right.baseAddress else {
          return left.count < right.count
        }
        let order = memcmp(start, otherStart, min(left.count, right.count))
        return order == 0 ? left.count < right.count : order < 0
      }
    }
  }

  /// Whether a component of this path is hidden (".git", "._photo.jpg").
  var hasHiddenComponent: Bool {
    utf8.first == UInt8(ascii: ".") || zip(utf8, utf8.dropFirst()).contains { $0 == 0x2f && $1 == 0x2e }
  }
}
