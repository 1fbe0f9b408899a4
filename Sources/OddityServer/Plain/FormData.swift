import Foundation

/// The parts of a form with files, as browsers and `curl -F` send them (RFC 7578).
struct FormData {
  /// A field, or a file if it has a file name.
  struct Part {
    let name: String
    let fileName: String?
    let content: Data
  }

  let parts: [Part]

  /// The most parts, with a file or without one. More would cost more time than they are worth.
  private static let mostParts = 1_024
  /// The limit of RFC 2046.
  private static let longestBoundary = 70
  private static let longestHead = 4_096

  /// - Parameter contentType: the header's value, with the boundary.
  /// - Throws: ``Problem`` 400 if there is no boundary, if the form is cut short, or if a part has no name.
  init(_ body: [UInt8], contentType: String) throws(Problem) {
    guard let boundary = HeaderParameters(contentType)["boundary"], !boundary.isEmpty else {
      throw Problem(
        .badRequest, "the form has no boundary in its Content-Type: let the client set the header")
    }
    guard boundary.utf8.count <= Self.longestBoundary else {
      throw Problem(.badRequest, "the form's boundary is longer than \(Self.longestBoundary) characters")
    }
    let text = FormText(body, boundary: boundary)
    guard var delimiter = text.delimiter(from: text.start) else { throw Self.cutShort }
    var parts: [Part] = []
    while !delimiter.isLast {
      guard let next = text.delimiter(from: delimiter.end), next.start >= delimiter.end,
        let head = text.endOfHead(in: delimiter.end..<next.start)
      else { throw Self.cutShort }
      guard parts.count < Self.mostParts, head.lowerBound - delimiter.end <= Self.longestHead else {
        throw Problem(
          .badRequest,
          "the form has more than \(Self.mostParts) parts, or a part whose headers are too long: send a tar "
            + "of images"
        )
      }
      parts.append(
        try Self.part(
          String(decoding: text.data[delimiter.end..<head.lowerBound], as: UTF8.self),
          content: text.data[head.upperBound..<next.start]))
      delimiter = next
    }
    self.parts = parts
  }

  private static let cutShort = Problem(.badRequest, "the form is cut short or malformed")

  private static func part(_ head: String, content: Data) throws(Problem) -> Part {
    let field = "content-disposition:"
    let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(field) }
    let parameters = HeaderParameters(line.map { String($0.dropFirst(field.count)) } ?? "")
    guard let name = parameters["name"] else { throw Problem(.badRequest, "a part of the form has no name") }
    return Part(name: name, fileName: parameters.text(of: "filename"), content: Data(content))
  }
}

/// The bytes of a form, which delimiters divide into parts (RFC 2046, 5.1.1).
private struct FormText {
  /// The form with a line break in front, because every delimiter begins with one.
  let data: Data
  private let mark: Data

  struct Delimiter {
    /// The end of the content before the delimiter.
    let start: Int
    /// The start of the content after the delimiter.
    let end: Int
    let isLast: Bool
  }

  private static let lineEnd = Data("\r\n".utf8)

  init(_ body: [UInt8], boundary: String) {
    data = Self.lineEnd + body
    mark = Self.lineEnd + Data("--\(boundary)".utf8)
  }

  var start: Int { data.startIndex }

  /// The next delimiter: the boundary, two dashes if it is the last one, blanks, and a line break. The
  /// boundary followed by anything else is content.
  ///
  /// - Parameter position: where the last delimiter ended. Its line break may also be the one that the next
  ///   delimiter begins with; the next one then starts before `position`.
  func delimiter(from position: Int) -> Delimiter? {
    var position = max(start, position - Self.lineEnd.count)
    while let found = data.range(of: mark, in: position..<data.endIndex) {
      let isLast = data[found.upperBound...].starts(with: "--".utf8)
      let rest = data[(found.upperBound + (isLast ? 2 : 0))...]
      let behind = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      if behind.starts(with: Self.lineEnd) || isLast && behind.isEmpty {
        let end = min(behind.startIndex + Self.lineEnd.count, data.endIndex)
        return Delimiter(start: found.lowerBound, end: end, isLast: isLast)
      }
      position = found.upperBound
    }
    return nil
  }

  /// The range of the empty line that ends a part's headers.
  func endOfHead(in part: Range<Int>) -> Range<Int>? {
    data.range(of: Self.lineEnd + Self.lineEnd, in: part)
  }
}
