/// Where the images of a stream come from, as a client names it: a camera, a shop, an app's version.
struct StreamName: Hashable, Sendable, CustomStringConvertible {
  /// Of clients that name none.
  static let unnamed = StreamName(description: "default")

  let description: String

  private static let longest = 64

  private init(description: String) { self.description = description }

  /// What a client says of the source: nothing, the name of one, or `none`, whose images are in no stream.
  ///
  /// - Throws: as ``init(_:)``.
  static func named(_ text: String?) throws(Problem) -> StreamName? {
    guard let text else { return unnamed }
    return text == "none" ? nil : try StreamName(text)
  }

  /// - Throws: ``Problem`` 400 where it is not 1 to 64 letters, digits, dots, dashes or underscores (ASCII).
  init(_ text: String) throws(Problem) {
    let isAllowed = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isAllowed, (1...Self.longest).contains(text.utf8.count) else {
      throw Problem(
        .badRequest, "a source is named by 1 to \(Self.longest) letters, digits, dots, dashes and underscores"
      )
    }
    description = text
  }
}
