import Foundation
import Testing
import TestSupport

/// No file names a type of a higher floor. The order of the floors is that of the drawing in
/// docs/architecture.md.
@Suite struct FloorsTests {
  @Test func noFileNamesATypeOfAHigherFloor() throws {
    let floors = try Floors()
    let files = try floors.files()
    #expect(files.count > 100)
    #expect(floors.violations(in: files) == [])
  }

  @Test func everyFolderHasItsFloor() throws {
    let floors = try Floors()
    let drawn = Set(floors.places)
    let found = Set(try floors.files().map(\.place))
    #expect(found.subtracting(drawn) == [], "docs/architecture.md draws every folder")
    #expect(drawn.subtracting(found).filter { $0.contains("/") } == [], "and none that is not there")
  }

  /// The test finds violations in files that contain some.
  @Test func aHigherNameIsFound() throws {
    let floors = try Floors()
    let low = SourceFile(
      place: "OddityScores/Taps", name: "Low.swift",
      text: "/// Of a GuardedThing.\nstruct Low { let thing: GuardedThing }")
    let high = SourceFile(
      place: "OddityModel/Guard", name: "High.swift",
      text: "package struct GuardedThing { let low: Low; let name = \"Low\" }")
    #expect(
      floors.violations(in: [low, high]) == [
        "OddityScores/Taps/Low.swift names GuardedThing of OddityModel/Guard"
      ])
  }
}

/// The floors in the drawing of docs/architecture.md.
private struct Floors {
  /// Targets and folders, such as `OddityScores/Taps`, from the lowest to the highest. Files of a target's
  /// own folder are below its subfolders.
  let places: [String]

  init() throws {
    let document = try String(
      contentsOf: PythonReference.packageRoot.appending(path: "docs/architecture.md"), encoding: .utf8)
    let drawing = try #require(document.split(separator: "```floors\n").last?.split(separator: "```").first)
    places = drawing.split(separator: "\n").reversed().flatMap { line -> [String] in
      guard let target = line.split(separator: " ").first else { return [] }
      let folders = line.dropFirst(target.count).split(separator: ">").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      return [String(target)]
        + folders.filter { !$0.isEmpty && !$0.contains(" ") }.reversed().map { "\(target)/\($0)" }
    }
  }

  /// Every Swift file of the drawn targets.
  func files() throws -> [SourceFile] {
    let sources = PythonReference.packageRoot.appending(path: "Sources")
    let targets = Set(places.map { String($0.prefix { $0 != "/" }) })
    return try targets.flatMap { target in
      let folder = sources.appending(path: target)
      let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      return try paths.filter { $0.hasSuffix(".swift") }.map { path in
        let first = path.split(separator: "/").dropLast().first.map { "/\($0)" } ?? ""
        return SourceFile(
          place: target + first, name: String(path.split(separator: "/").last ?? ""),
          text: try String(contentsOf: folder.appending(path: path), encoding: .utf8))
      }
    }
  }

  /// The names of types that only a higher floor declares.
  func violations(in files: [SourceFile]) -> [String] {
    let order = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
    var homes: [Substring: [String]] = [:]
    for file in files { for type in file.declared { homes[type, default: []].append(file.place) } }
    return files.flatMap { file in
      file.named.compactMap { type -> String? in
        guard let known = homes[type], let own = order[file.place],
          let lowest = known.min(by: { order[$0] ?? 0 < order[$1] ?? 0 }), order[lowest] ?? 0 > own
        else { return nil }
        return "\(file.place)/\(file.name) names \(type) of \(lowest)"
      }
    }.sorted()
  }
}

/// A file's code, without comments and string literals.
private struct SourceFile {
  let place: String
  let name: String
  let code: String

  init(place: String, name: String, text: String) {
    (self.place, self.name) = (place, name)
    code = text.replacing(#/"""(?s:.*?)"""|"(?:\\.|[^"\\\n])*"|\/\/[^\n]*/#, with: "")
  }

  /// Types that others can name.
  var declared: Set<Substring> {
    let declaration =
      #/(?m)^(?:(?:public|package|final|indirect|@\w+) )*(?:struct|class|enum|protocol|actor|typealias) (\w+)/#
    return Set(code.matches(of: declaration).map(\.1))
  }

  /// Capitalised names that are not members.
  var named: Set<Substring> { Set(code.matches(of: #/(?:^|[^.\w])([A-Z]\w+)/#).map(\.1)) }
}
