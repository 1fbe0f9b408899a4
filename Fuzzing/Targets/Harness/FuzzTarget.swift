/// Something that takes bytes from strangers.
public struct FuzzTarget: Sendable {
  public let name: String
  /// Takes the bytes. What it throws is a refusal; whatever else goes wrong ends the process, and libFuzzer keeps the bytes.
  let take: @Sendable ([UInt8]) throws -> Void
  /// Makes the checksums in mutated bytes right again, so that more than the check of a checksum is tried; nil where there are
  /// none.
  let repair: (@Sendable (inout [UInt8]) -> Void)?
  /// Whether a refusal is one line. Those that name nodes are made so only where they are shown.
  let isOneLine: Bool
  /// What is done before the first input, whose time is not to count it, such as to start an engine.
  let prepare: @Sendable () -> Void

  public init(
    _ name: String, repair: (@Sendable (inout [UInt8]) -> Void)? = nil, isOneLine: Bool = true,
    prepare: @escaping @Sendable () -> Void = {}, _ take: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    (self.name, self.repair, self.isOneLine) = (name, repair, isOneLine)
    (self.prepare, self.take) = (prepare, take)
  }

  /// - Precondition: a refusal is one line with words in it, as users are promised.
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
