import ArgumentParser
import Foundation
import Imaging
import Oddity

extension [any ImageSource] {
  /// How they were taken, where the user may have meant something else.
  var warnings: [Warning] { flatMap(\.remarks).map { Warning(.sourceTakenSo, $0) } }
}

/// What can be said of sources before they are opened, which takes its time.
enum SourceCheck {
  /// A misspelt source is said before another one is searched for images.
  ///
  /// - Throws: what opening it throws.
  static func refuseMissing(_ sources: [String]) throws {
    for source in sources where source != "-" && !FileManager.default.fileExists(atPath: path(source)) {
      _ = try ImageSources.open(source)
    }
  }

  /// - Throws: a usage error where one of them is named twice, or lies in another: its images would count twice.
  static func refuseRepetitions(_ sources: [String], flag: String) throws {
    if let twice = firstRepeated(sources) {
      throw ValidationError("\(flag) names \(twice) twice: its images would count twice, so name it once")
    }
    for outer in sources {
      if let inner = sources.first(where: { real($0).hasPrefix(real(outer) + "/") }) {
        throw ValidationError(
          "\(flag) names \(outer), and \(inner) in it, whose images would count twice: leave \(inner) out")
      }
    }
  }

  /// Sets of which nothing can be learnt.
  static func repetitions(id: String, ood: [NamedSource]) -> [Warning] {
    let same = ood.filter { real($0.source) == real(id) }.map {
      Warning(
        .oodHoldsID,
        "\($0.name) and --id are the same images (\(id)): no score can tell them apart; name OOD images for \($0.name)"
      )
    }
    let twice = firstRepeated(ood.map(\.source)).map {
      Warning(
        .sourceNamedTwice,
        "two OOD sets are the same images (\($0)): the mean over the sets counts them twice")
    }
    return same + [twice].compactMap { $0 }
  }

  /// The first that is there again, by whatever path.
  static func firstRepeated(_ sources: [String]) -> String? {
    sources.map { real($0) }.firstRepetition.map { sources[$0] }
  }

  /// A list is named with a sign before its path.
  private static func path(_ source: String) -> String {
    source.hasPrefix("@") ? String(source.dropFirst()) : source
  }

  private static func real(_ source: String) -> String {
    source == "-" ? source : URL(filePath: source).resolvingSymlinksInPath().standardized.path
  }

  /// Checks a path that a command is about to write.
  ///
  /// - Throws: a usage error where the output would replace one of the inputs.
  static func refuse(output: String, among inputs: [String]) throws {
    if let input = inputs.flatMap({ [$0, path($0)] }).first(where: { real($0) == real(output) }) {
      throw ValidationError("the output \(output) would replace the input \(input): name another file")
    }
  }
}

extension Array where Element: Hashable {
  /// Where the first element stands that is there a second time.
  var firstRepetition: Int? {
    var seen: Set<Element> = []
    return firstIndex { !seen.insert($0).inserted }
  }
}
