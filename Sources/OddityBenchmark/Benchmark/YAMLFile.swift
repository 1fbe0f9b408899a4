import Foundation
import OddityFit
import Yams

/// A YAML file that people write by hand. It is small, and contains one document without aliases.
package enum YAMLFile {
  /// A larger file was probably named by mistake.
  private static let largestSize = 1 << 20

  /// Reads and parses a file.
  ///
  /// - Parameter what: the name of the file's kind in errors.
  /// - Returns: nil if the file is empty.
  /// - Throws: ``OddityError`` `.badData`, on one line, with the line of the file if there is one.
  package static func root(_ file: String, what: String) throws(OddityError) -> Node? {
    let text = try contents(of: file, what: what)
    if let line = lineWithAlias(in: text) {
      throw OddityError(
        .badData, "\(file):\(line): aliases (*name) are not supported: write out the value, or quote it")
    }
    do {
      return try Yams.compose(yaml: text)
    } catch {
      throw OddityError(.badData, "\(file):\(problem(error, in: text))", underlying: error)
    }
  }

  private static func contents(of file: String, what: String) throws(OddityError) -> String {
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: file))
      let data = try handle.read(upToCount: largestSize + 1) ?? Data()
      guard data.count <= largestSize else {
        throw OddityError(.badData, "\(file) is larger than 1 MiB, the limit for a \(what)")
      }
      guard let text = String(validating: data.trimmingPrefix([0xEF, 0xBB, 0xBF]), as: UTF8.self) else {
        throw OddityError(.badData, "\(file) is not UTF-8 text")
      }
      return text
    } catch let error as OddityError {
      throw error
    } catch {
      throw OddityError(
        .badData, "cannot read the \(what) \(file): name a readable YAML file", underlying: error)
    }
  }

  /// The first line with an alias outside of quotes and comments. A few lines with aliases can represent more
  /// nodes than fit into memory, and the parser expands some of them before its result can be checked.
  private static func lineWithAlias(in text: String) -> Int? {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.firstIndex { line in
      let bare = line.replacing(/"(?:[^"\\]|\\.)*"|'[^']*'|(?:^|\s)#.*/, with: "")
      return bare.contains(/(?:^|[\s,:?\[\]{}-])\*[^\s*]/)
    }.map { $0 + 1 }
  }

  /// `LINE: reason` for any error of the parser.
  private static func problem(_ error: any Error, in text: String) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "\(mark.line): this is not YAML: \(problem.onOneLine)"
    case .duplicatedKeysInMapping(let keys, let context):
      "\(context.mark.line): the key '\((keys.first ?? "").onOneLine)' appears twice"
    case .reader(let problem, let offset, _, _):
      "\(line(atByte: offset ?? 0, of: text)): this is not YAML: \(problem.onOneLine)"
    default: "1: this is not YAML"
    }
  }

  private static func line(atByte offset: Int, of text: String) -> Int {
    text.utf8.prefix(max(0, offset)).count { $0 == UInt8(ascii: "\n") } + 1
  }
}
