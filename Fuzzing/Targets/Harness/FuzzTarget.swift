/// A function of the product that takes untrusted bytes.
public struct FuzzTarget: Sendable {
  public let name: String
  /// Takes the bytes. A thrown error is a refusal. Any other failure ends the process, and libFuzzer keeps
  /// the bytes.
  let take: @Sendable ([UInt8]) throws -> Void
  /// Repairs the checksums in mutated bytes, so that more than the checksum test is tried; nil if there are
  /// no checksums.
  let repair: (@Sendable (inout [UInt8]) -> Void)?
  /// Whether a refusal is one line. Messages with names of nodes get that form only when they are shown.
  let isOneLine: Bool
  /// Work before the first input whose time must not count for that input, such as starting an engine.
  let prepare: @Sendable () -> Void

  public init(
    _ name: String, repair: (@Sendable (inout [UInt8]) -> Void)? = nil, isOneLine: Bool = true,
    prepare: @escaping @Sendable () -> Void = {}, _ take: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    (self.name, self.repair, self.isOneLine) = (name, repair, isOneLine)
    (self.prepare, self.take) = (prepare, take)
  }

  /// - Precondition: a refusal is one line that contains words, as the documentation promises.
  func tryOn(_ bytes: [UInt8]) {
    do {
      try take(bytes)
    } catch {
      let message = "\(error)"
      precondition(!message.isEmpty, "a refusal without a word")
      if isOneLine { precondition(!message.contains { $0.isNewline }, "not one line: \(message)") }
    }
  }
}
