import OddityFit
import Yams

/// A part of a suite's YAML. Its methods check the expected type, and throw an error with the line.
struct SuiteNode {
  private let node: Node
  private let file: String

  init(_ node: Node, file: String) {
    (self.node, self.file) = (node, file)
  }

  /// Counted from 1.
  var line: Int { node.mark?.line ?? 1 }

  func error(_ message: String) -> OddityError {
    OddityError(.badData, "\(file):\(line): \(message)")
  }

  /// The values of a mapping by key.
  ///
  /// - Throws: if this is not a mapping, or has a key that is not in `known`.
  func values(of what: String, known: [String]) throws(OddityError) -> [String: SuiteNode] {
    guard let mapping = node.mapping else {
      throw error("\(what) must be a mapping with the keys \(known.joined(separator: ", "))")
    }
    var values: [String: SuiteNode] = [:]
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      guard known.contains(name) else {
        throw SuiteNode(key, file: file).error(
          "unknown key '\(name.onOneLine)': \(what) has \(known.joined(separator: ", "))")
      }
      // A missing value has no useful line. The line of the key is where the user must write it.
      values[name] = SuiteNode(
        value.isNull ? .scalar(.init("", .implicit, .plain, key.mark)) : value, file: file)
    }
    return values
  }

  /// The elements of a list.
  ///
  /// - Throws: if this is not a list, or if it is empty.
  func list(_ what: String) throws(OddityError) -> [SuiteNode] {
    guard let sequence = node.sequence else { throw error("\(what) must be a list") }
    guard !sequence.isEmpty else { throw error("\(what) is empty: it needs at least one entry") }
    return sequence.map { SuiteNode($0, file: file) }
  }

  /// The elements of a list. A single value counts as a list of one element.
  func oneOrMore(_ what: String) throws(OddityError) -> [SuiteNode] {
    node.sequence == nil ? [self] : try list(what)
  }

  /// A text that is not empty.
  func text(_ what: String) throws(OddityError) -> String {
    guard let scalar = node.scalar else { throw error("\(what) must be a text, not a list or mapping") }
    guard !scalar.string.isEmpty, !(scalar.style == .plain && node.isNull) else {
      throw error("\(what) is empty")
    }
    return scalar.string
  }

  /// A number as it was typed. It must not be in quotes.
  func number(_ what: String, _ kind: String) throws(OddityError) -> String {
    guard let scalar = node.scalar, scalar.style == .plain, !scalar.string.isEmpty else {
      throw error("\(what) must be \(kind)")
    }
    return scalar.string
  }
}

extension Node {
  /// Whether the value is missing: `key:`, `~` or `null`.
  fileprivate var isNull: Bool {
    guard let scalar, scalar.style == .plain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}

extension String {
  /// The text for a one-line message: at most 80 characters, without line breaks and other control
  /// characters.
  var onOneLine: String {
    let visible = String(unicodeScalars.prefix(80).map { $0.properties.isPrintable ? Character($0) : "?" })
    return unicodeScalars.count > 80 ? visible + "…" : visible
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isPrintable: Bool {
    switch generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
    default: true
    }
  }
}
