import Foundation

/// The parts of a form with files, as browsers and `curl -F` send them (RFC 7578).
struct FormData {
  /// A field, or a file where it has a file's name.
  struct Part {
    let name: String
    let fileName: String?
    let content: Data
  }

  let parts: [Part]

  /// More cost more time than they are worth: fields with a file and the few without one.
  private static let mostParts = 1_024
  /// RFC 2046.
  private static let longestBoundary = 70
  private static let longestHead = 4_096

  /// - Parameter contentType: with the boundary.
  /// - Throws: ``Problem`` 400 where there is no boundary, and where the form is cut short or a part says not what it is.
  init(_ body: [UInt8], contentType: String) throws(Problem) {
    let pattern = /(?i)\bboundary=(?:"([^"]+)"|([^;\s]+))/
    guard let match = contentType.firstMatch(of: pattern), let boundary = match.1 ?? match.2 else {
      throw Problem(
        .badRequest, "the form has no boundary in its Content-Type: let the client set the header")
    }
    guard boundary.utf8.count <= Self.longestBoundary else {
      throw Problem(.badRequest, "the form's boundary is longer than \(Self.longestBoundary) characters")
    }
    let data = Data(body)
    let delimiter = Data("--\(boundary)".utf8)
    guard var start = data.range(of: delimiter)?.upperBound else { throw Self.cutShort }
    var parts: [Part] = []
    while !data[start...].starts(with: "--".utf8) {
      guard data[start...].starts(with: "\r\n".utf8),
        let end = data.range(of: Data("\r\n".utf8) + delimiter, in: start..<data.endIndex),
        let head = data.range(of: Data("\r\n\r\n".utf8), in: start..<end.lowerBound)
      else { throw Self.cutShort }
      guard parts.count < Self.mostParts, head.lowerBound - start <= Self.longestHead else {
        throw Problem(
          .badRequest,
          "the form has more than \(Self.mostParts) parts, or a part with too long a head: send a tar of images"
        )
      }
      let lines = String(decoding: data[start..<head.lowerBound], as: UTF8.self)
      parts.append(try Self.part(lines, content: data[head.upperBound..<end.lowerBound]))
      start = end.upperBound
    }
    self.parts = parts
  }

  private static let cutShort = Problem(.badRequest, "the form is cut short, or is none")

  private static func part(_ head: String, content: Data) throws(Problem) -> Part {
    guard
      let line = head.split(separator: "\r\n").first(where: {
        $0.lowercased().hasPrefix("content-disposition:")
      }),
      let name = line.firstMatch(of: /(?i);\s*name="([^"]*)"/)?.1
    else { throw Problem(.badRequest, "a part of the form has no name") }
    let fileName = line.firstMatch(of: /(?i);\s*filename="([^"]*)"/)?.1
    return Part(name: String(name), fileName: fileName.map(String.init), content: Data(content))
  }
}
