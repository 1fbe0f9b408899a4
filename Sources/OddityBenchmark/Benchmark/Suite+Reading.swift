import Foundation
import Imaging
import OddityFit

extension Suite {
  /// Reads a SUITE.yaml. Paths in it are relative to its folder.
  ///
  /// Checks everything that the text alone shows. The files that it names are checked when the benchmark
  /// starts.
  ///
  /// - Throws: ``OddityError`` `.badData` on one line, `suite.yaml:12: …`.
  public init(contentsOf file: String) throws(OddityError) {
    guard let node = try YAMLFile.root(file, what: "suite") else {
      throw OddityError(.badData, "\(file):1: the suite is empty")
    }
    let root = SuiteNode(node, file: file)
    let keys = ["networks", "id", "ood", "scores", "blocks", "seed", "limit", "alpha"]
    let values = try root.values(of: "a suite", known: keys)
    let paths = SuitePaths(file: file)
    self.file = file
    networks = try Self.networks(values.required("networks", of: "the suite", root), paths)
    inDistribution = try InDistribution(values.required("id", of: "the suite", root), paths)
    outOfDistribution = try Self.sets(values.required("ood", of: "the suite", root), paths)
    scores = try values["scores"].map(Self.scores) ?? ScoreName.standard
    blocks = try values["blocks"].map(Self.blocks) ?? .auto
    seed = try values["seed"].map(Self.seed) ?? 0
    limit = try values["limit"].map(Self.limit)
    alpha = try values["alpha"].map(Self.alpha) ?? .fivePercent
  }

  private static func networks(_ node: SuiteNode, _ paths: SuitePaths) throws(OddityError) -> [Network] {
    var names = UniqueNames(kind: "network")
    return try node.list("networks").map { (node) throws(OddityError) in
      let values = try node.values(of: "a network", known: ["name", "model", "preprocess", "head"])
      return Network(
        name: try names.name(values.required("name", of: "the network", node)),
        model: try paths.path(values.required("model", of: "the network", node), "model"),
        preprocess: try values["preprocess"].map(paths.preprocessing), head: try values["head"].map(Self.head)
      )
    }
  }

  private static func head(_ node: SuiteNode) throws(OddityError) -> HeadKind {
    guard let head = HeadKind(rawValue: try node.text("head")) else {
      throw node.error("head must be softmax or sigmoid")
    }
    return head
  }

  private static func sets(_ node: SuiteNode, _ paths: SuitePaths) throws(OddityError) -> [OODSet] {
    var names = UniqueNames(kind: "OOD set", taken: ["mean", "average"] + OODGroup.allCases.map(\.title))
    return try node.list("ood").map { (node) throws(OddityError) in
      let values = try node.values(of: "an OOD set", known: ["name", "source", "group"])
      return OODSet(
        name: try names.name(values.required("name", of: "the OOD set", node)),
        source: try paths.source(values.required("source", of: "the OOD set", node), "source"),
        group: try values["group"].map(group))
    }
  }

  private static func group(_ node: SuiteNode) throws(OddityError) -> OODGroup {
    guard let group = OODGroup(rawValue: try node.text("group")) else {
      throw node.error("group must be near or far")
    }
    return group
  }

  private static func scores(_ node: SuiteNode) throws(OddityError) -> [ScoreName] {
    var scores: [ScoreName] = []
    for entry in try node.oneOrMore("scores") {
      let text = try entry.text("a score")
      let score: ScoreName
      do { score = try ScoreName(parsing: text) } catch { throw entry.error(error.message.onOneLine) }
      guard !scores.contains(score) else { throw entry.error("the score \(text) appears twice") }
      scores.append(score)
    }
    return scores
  }

  private static func blocks(_ node: SuiteNode) throws(OddityError) -> BlockListing {
    guard let listing = BlockListing(rawValue: try node.text("blocks")) else {
      throw node.error("blocks must be auto or all")
    }
    return listing
  }

  private static func seed(_ node: SuiteNode) throws(OddityError) -> UInt64 {
    let kind = "a whole number from 0 to 2⁶⁴ − 1"
    guard let seed = UInt64(try node.number("seed", kind)) else { throw node.error("seed must be \(kind)") }
    return seed
  }

  private static func limit(_ node: SuiteNode) throws(OddityError) -> Int {
    let kind = "a whole number from 1 on"
    guard let limit = Int(try node.number("limit", kind)), limit > 0 else {
      throw node.error("limit must be \(kind)")
    }
    return limit
  }

  private static func alpha(_ node: SuiteNode) throws(OddityError) -> Alpha {
    let text = try node.number("alpha", "a number between 0 and 1, such as 0.05")
    do throws(OddityError) {
      return try Alpha(parsing: text)
    } catch {
      throw node.error(error.message)
    }
  }
}

extension Suite.InDistribution {
  fileprivate init(_ node: SuiteNode, _ paths: SuitePaths) throws(OddityError) {
    let values = try node.values(of: "id", known: ["fit", "calibration", "evaluate", "shifted", "labels"])
    fit = try paths.sources(values.required("fit", of: "id", node), "id.fit")
    calibration =
      try values["calibration"].map { (node) throws(OddityError) in
        try paths.sources(node, "id.calibration")
      } ?? []
    evaluate = try paths.sources(values.required("evaluate", of: "id", node), "id.evaluate")
    shifted = try values["shifted"].map { (node) throws(OddityError) in try Self.shifted(node, paths) } ?? []
    labels = try values["labels"].map { (node) throws(OddityError) in try paths.path(node, "id.labels") }
  }

  private static func shifted(
    _ node: SuiteNode, _ paths: SuitePaths
  ) throws(OddityError) -> [Suite.ShiftedSet] {
    var names = UniqueNames(kind: "shifted set")
    return try node.list("id.shifted").map { (node) throws(OddityError) in
      let values = try node.values(of: "a shifted set", known: ["name", "source"])
      return Suite.ShiftedSet(
        name: try names.name(values.required("name", of: "the shifted set", node)),
        source: try paths.source(values.required("source", of: "the shifted set", node), "source"))
    }
  }
}

extension [String: SuiteNode] {
  /// - Throws: if there is no such key, with the line at which its mapping begins.
  fileprivate func required(
    _ key: String, of what: String, _ mapping: SuiteNode
  ) throws(OddityError) -> SuiteNode {
    guard let value = self[key] else { throw mapping.error("\(what) lacks the key '\(key)'") }
    return value
  }
}

/// Resolves paths in a suite, which are relative to its folder.
private struct SuitePaths {
  private let folder: String

  init(file: String) {
    folder = (file as NSString).deletingLastPathComponent
  }

  func path(_ node: SuiteNode, _ what: String) throws(OddityError) -> SuitePath {
    let written = try text(node, what)
    return SuitePath(written: written, path: located(written), line: node.line)
  }

  /// A SOURCE. After `@`, it contains the path of a list.
  func source(_ node: SuiteNode, _ what: String) throws(OddityError) -> SuitePath {
    let written = try text(node, what)
    guard written != "-" else { throw node.error("\(what): a suite cannot read from standard input") }
    let path = written.hasPrefix("@") ? "@" + located(String(written.dropFirst())) : located(written)
    return SuitePath(written: written, path: path, line: node.line)
  }

  func sources(_ node: SuiteNode, _ what: String) throws(OddityError) -> [SuitePath] {
    var sources: [SuitePath] = []
    for entry in try node.oneOrMore(what) {
      let source = try source(entry, what)
      guard !sources.contains(where: { $0.path == source.path }) else {
        throw entry.error("\(what) names \(source.written.onOneLine) twice")
      }
      sources.append(source)
    }
    return sources
  }

  func preprocessing(_ node: SuiteNode) throws(OddityError) -> SuitePath {
    let path = try path(node, "preprocess")
    guard Preprocessing.Preset(rawValue: path.written) != nil else { return path }
    return SuitePath(written: path.written, path: path.written, line: path.line)
  }

  private func text(_ node: SuiteNode, _ what: String) throws(OddityError) -> String {
    let text = try node.text(what)
    guard text == text.withoutControls else { throw node.error("\(what) contains a control character") }
    return text
  }

  private func located(_ path: String) -> String {
    path.hasPrefix("/") || folder.isEmpty ? path : folder + "/" + path
  }
}

/// Names that must be unique and usable as file names.
private struct UniqueNames {
  let kind: String
  /// Names of the other columns of the tables.
  var taken: [String] = []
  private(set) var seen: Set<String> = []

  mutating func name(_ node: SuiteNode) throws(OddityError) -> String {
    let name = try node.text("name")
    guard name.utf8.count <= 100, !name.hasPrefix("."), !name.contains("/"), name == name.withoutControls
    else {
      throw node.error(
        "'\(name.onOneLine)' cannot be a file name: use at most 100 bytes, no '/', and no '.' at the start")
    }
    guard !taken.contains(name) else {
      throw node.error("'\(name)' is the name of a mean in tables: use another name for the \(kind)")
    }
    guard seen.insert(name).inserted else { throw node.error("two \(kind)s have the name '\(name)'") }
    return name
  }
}

extension String {
  /// The text without characters that would break a line or a table.
  fileprivate var withoutControls: String {
    String(unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init))
  }
}
