import Foundation
import OddityFit
import Yams

/// The YAML of a suite: one document, small, without aliases.
enum SuiteYAML {
  /// A suite is written by hand; what is larger is another file that was named by mistake.
  static let largestSize = 1 << 20

  /// Reads and parses a suite's file.
  ///
  /// - Throws: ``OddityError`` `.badData`, on one line, with the line of the file where there is one.
  static func read(_ file: String) throws(OddityError) -> SuiteNode {
    let text = try contents(of: file)
    if let line = lineWithAlias(in: text) {
      throw OddityError(
        .badData, "\(file):\(line): aliases (*name) are not read: write out what it stands for, or quote it")
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw OddityError(.badData, "\(file):\(problem(error, in: text))", underlying: error)
    }
    guard let root else { throw OddityError(.badData, "\(file):1: the suite is empty") }
    return SuiteNode(root, file: file)
  }

  private static func contents(of file: String) throws(OddityError) -> String {
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: file))
      let data = try handle.read(upToCount: largestSize + 1) ?? Data()
      guard data.count <= largestSize else {
        throw OddityError(.badData, "\(file) is larger than 1 MiB: no suite is")
      }
      guard let text = String(validating: data.trimmingPrefix([0xEF, 0xBB, 0xBF]), as: UTF8.self) else {
        throw OddityError(.badData, "\(file) is no text in UTF-8")
      }
      return text
    } catch let error as OddityError {
      throw error
    } catch {
      throw OddityError(
        .badData, "cannot read the suite \(file): name a readable YAML file", underlying: error)
    }
  }

  /// The first line with an alias outside of quotes and comments. A few lines of them can stand for more nodes than
  /// fit in memory, and the parser counts some before anybody can look.
  private static func lineWithAlias(in text: String) -> Int? {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.firstIndex { line in
      let bare = line.replacing(/"(?:[^"\\]|\\.)*"|'[^']*'|(?:^|\s)#.*/, with: "")
      return bare.contains(/(?:^|[\s,:?\[\]{}-])\*[^\s*]/)
    }.map { $0 + 1 }
  }

  /// `LINE: what is wrong`, whatever error the parser has for it.
  private static func problem(_ error: any Error, in text: String) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "\(mark.line): this is no YAML: \(problem.onOneLine)"
    case .duplicatedKeysInMapping(let keys, let context):
      "\(context.mark.line): the key '\((keys.first ?? "").onOneLine)' stands twice"
    case .reader(let problem, let offset, _, _):
      "\(line(atByte: offset ?? 0, of: text)): this is no YAML: \(problem.onOneLine)"
    default: "1: this is no YAML"
    }
  }

  private static func line(atByte offset: Int, of text: String) -> Int {
    text.utf8.prefix(max(0, offset)).count { $0 == UInt8(ascii: "\n") } + 1
  }
}
