import Foundation
import Imaging
import OddityScores

/// A file of labels, in UTF-8 or UTF-16: the names of the classes, one per line, or the true class of each
/// image as `path,index`.
///
/// A byte that is not UTF-8 becomes `\xHH`, as in the path of an image.
public struct LabelFile: Sendable {
  fileprivate let path: String
  private let lines: [String]

  /// Whether the file name says that the file lists images.
  package var listsImages: Bool { path.lowercased().hasSuffix(".csv") }

  /// - Throws: ``OddityError`` `.badData` if the file cannot be read or is empty.
  public init(path: String) throws(OddityError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw OddityError(.badData, "cannot read the labels \(path)")
    }
    var lines = try TextLines.read(Array(data), path: path).map {
      FileName.shown(FileName.text($0)).trimmingCharacters(in: .whitespaces)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if Self.isJSON(lines) {
      throw OddityError(
        .badData,
        "the labels \(path) are JSON: write the classes' names into a text file, one a line, in the order of their indices"
      )
    }
    guard !lines.isEmpty else { throw OddityError(.badData, "the labels \(path) are empty") }
    guard !lines.contains(where: { $0.unicodeScalars.contains { $0.value < 9 } }) else {
      throw OddityError(
        .badData,
        "\(path) is not a text file: labels are the names of the classes, one per line, or a .csv of "
          + "path,index")
    }
    self.path = path
    self.lines = lines
  }

  private static func isJSON(_ lines: [String]) -> Bool {
    guard let first = lines.first(where: { !$0.isEmpty })?.first, let last = lines.last?.last else {
      return false
    }
    return first == "[" && last == "]" || first == "{" && last == "}"
  }

  /// The names of the classes in the order of their indices.
  ///
  /// - Throws: ``OddityError`` `.badData` if a name is empty or occurs twice.
  public func names() throws(OddityError) -> [String] {
    guard !listsImages else {
      throw OddityError(
        .badData,
        "\(path) is a .csv that lists images, but a fit takes the names of the classes, one per line (the "
          + "class folders tell the class of each image)"
      )
    }
    var seen: Set<String> = []
    for (number, name) in lines.enumerated() where name.isEmpty || !seen.insert(name).inserted {
      let problem = name.isEmpty ? "is empty" : "repeats '\(name)'"
      throw OddityError(.badData, "line \(number + 1) of \(path) \(problem): one name for each class")
    }
    return lines
  }

  /// The indices of the classes by path; empty if the file holds names.
  ///
  /// - Throws: ``OddityError`` `.badData`, naming the line, if a line is not of the form `path,index`, or
  ///   contradicts an earlier line.
  public func indicesByPath() throws(OddityError) -> [String: Int] {
    guard listsImages else { return [:] }
    var indices: [String: Int] = [:]
    for (number, line) in lines.enumerated() {
      let comma = line.lastIndex(of: ",")
      let index = comma.flatMap { Int(line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces)) }
      guard let comma, let index else {
        // The first line may be a header.
        if number == 0 { continue }
        throw OddityError(.badData, "line \(number + 1) of \(path) is not of the form path,index: '\(line)'")
      }
      let image = String(line[..<comma]).trimmingCharacters(in: ["\""])
      if let earlier = indices.updateValue(index, forKey: image), earlier != index {
        throw OddityError(
          .badData,
          "line \(number + 1) of \(path) says that the class of '\(image)' is \(index), but an earlier line "
            + "says \(earlier): keep the right line"
        )
      }
    }
    return indices
  }
}

extension TrueLabels {
  /// Combines a guarded model and a file of labels. Names in the file replace those of the model.
  public init(_ metadata: GuardMetadata, file: LabelFile?) throws(OddityError) {
    try self.init(classes: metadata.classes, names: metadata.labels, file: file)
  }

  /// Combines a model and a file of labels. Names in the file replace those of the model.
  ///
  /// - Throws: ``OddityError`` `.badData` if the file is invalid, or names another number of classes.
  package init(classes: Int, names: [String]?, file: LabelFile?) throws(OddityError) {
    let byPath = try file?.indicesByPath() ?? [:]
    var names = names
    if let file, byPath.isEmpty {
      let given = try file.names()
      guard given.count == classes else {
        throw OddityError(
          .badData,
          "the labels \(file.path) have \(given.count) lines, but the model has \(classes) classes: one name a line"
        )
      }
      names = given
    }
    self.init(classes: classes, names: names, byPath: byPath)
  }
}
