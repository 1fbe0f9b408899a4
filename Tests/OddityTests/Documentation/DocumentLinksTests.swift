import Foundation
import Testing
import TestSupport

/// The targets of links in documents, and the documents that comments name, exist.
@Suite struct DocumentLinksTests {
  private static let root = PythonReference.packageRoot

  /// The paths of the repository's files, without built or downloaded files.
  private static let files: [String] = {
    let skipped: Set = ["data", "dist", "node_modules", "__pycache__"]
    guard let all = FileManager.default.enumerator(atPath: root.path) else { return [] }
    var files: [String] = []
    while let path = all.nextObject() as? String {
      let name = (path as NSString).lastPathComponent
      let isHidden = name.hasPrefix(".") && name != ".ci"
      if isHidden || skipped.contains(name) || name.hasSuffix(".results") {
        all.skipDescendants()
      } else if all.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
        files.append(path)
      }
    }
    return files
  }()

  private static let documents = files.filter { $0.hasSuffix(".md") }.sorted()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  @Test(arguments: documents) func linksLeadSomewhere(document: String) throws {
    let text = try Self.text(document)
    for match in text.matches(of: /\]\(([^)\s]+)\)/) {
      let target = String(match.1)
      guard !target.contains("://"), !target.hasPrefix("mailto:"), !target.hasPrefix("data:") else {
        continue
      }
      let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let folder = (document as NSString).deletingLastPathComponent
      let path =
        parts[0].isEmpty
        ? document : NSString.path(withComponents: [folder, parts[0]]).standardisedPath
      #expect(
        FileManager.default.fileExists(atPath: Self.root.appending(path: path).path), "\(document): \(target)"
      )
      guard parts.count == 2, path.hasSuffix(".md") else { continue }
      #expect(try Self.anchors(of: path).contains(parts[1]), "\(document): \(target)")
    }
  }

  /// The path of a document in a comment is relative to the package's root.
  @Test func documentsThatCommentsNameAreThere() throws {
    let sources = Self.files.filter { path in
      // Generated code contains the comments of its own project.
      ["swift", "py", "h", "c", "sh", "yaml"].contains((path as NSString).pathExtension)
        && !path.hasSuffix(".pb.swift")
        && ["Sources", "Tests", "Benchmarks", "Training", "Python", "Demo", "Scripts"].contains {
          path.hasPrefix($0 + "/")
        }
    }
    #expect(sources.count > 500)
    for path in sources {
      for line in try Self.text(path).split(separator: "\n") {
        guard let comment = line.firstMatch(of: /(?:\/\/|^\s*#|^\s*\*)(.*)$/) else { continue }
        for match in comment.1.matches(of: /(?:[A-Za-z]+\/)*[A-Za-z-]+\.md\b/) {
          let name = String(match.0)
          // A name with a folder is a document of the project. A plain name may be a file that a program
          // writes.
          guard name.contains("/") || name.first?.isUppercase == true || path.hasPrefix("Sources/") else {
            continue
          }
          #expect(Self.documents.contains(name) || Self.written.contains(name), "\(path) names \(name)")
        }
      }
    }
  }

  /// The files that a benchmark writes into its folder.
  private static let written: Set = ["results.md", "OUTPUT.md", "PAGE.md"]

  /// The anchors that GitHub gives a document's headings.
  private static func anchors(of path: String) throws -> Set<String> {
    var seen: [String: Int] = [:]
    var isCode = false
    var anchors: Set<String> = []
    for line in try text(path).split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") { isCode.toggle() }
      guard !isCode, let heading = line.firstMatch(of: /^#+\s+(.*?)\s*$/) else { continue }
      let plain = heading.1.replacing(/\[([^\]]*)\]\([^)]*\)/) { String($0.1) }
      let anchor = String(
        plain.lowercased().replacing(" ", with: "-").filter {
          $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_"
        })
      let count = seen[anchor, default: 0]
      seen[anchor] = count + 1
      anchors.insert(count == 0 ? anchor : "\(anchor)-\(count)")
    }
    return anchors
  }
}

extension String {
  /// The path relative to the root, without `.` and `..`.
  fileprivate var standardisedPath: String {
    var components: [Substring] = []
    for component in split(separator: "/") where component != "." {
      if component == ".." { _ = components.popLast() } else { components.append(component) }
    }
    return components.joined(separator: "/")
  }
}
