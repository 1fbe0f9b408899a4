import ArgumentParser
import Foundation
import Imaging
import Oddity

extension [any ImageSource] {
  /// How the sources were interpreted, if the user may have meant something else.
  var warnings: [Warning] { flatMap(\.remarks).map { Warning(.sourceTakenSo, $0) } }
}

/// Checks of sources before they are opened, because opening them takes time.
enum SourceCheck {
  /// Reports a misspelt source before another source is searched for images.
  ///
  /// - Throws: what opening it throws.
  static func refuseMissing(_ sources: [String]) throws {
    for source in sources where source != "-" && !FileManager.default.fileExists(atPath: path(source)) {
      _ = try ImageSources.open(source)
    }
  }

  /// - Throws: a usage error if a source is named twice or lies in another one, because its images would
  ///   count twice.
  static func refuseRepetitions(_ sources: [String], flag: String) throws {
    if let twice = firstRepeated(sources) {
      throw ValidationError("\(flag) names \(twice) twice: its images would count twice, so name it once")
    }
    for outer in sources {
      if let inner = sources.first(where: { real($0).hasPrefix(real(outer) + "/") }) {
        throw ValidationError(
          "\(flag) names both \(outer) and \(inner), which is inside it, so its images would count twice: "
            + "leave \(inner) out")
      }
    }
  }

  /// Warns of sets that are equal to another one, because nothing can be learnt from them.
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

  /// The first source that is named again, even by another path.
  static func firstRepeated(_ sources: [String]) -> String? {
    sources.map { real($0) }.firstRepetition.map { sources[$0] }
  }

  /// The path of a list, without the @ in front.
  private static func path(_ source: String) -> String {
    source.hasPrefix("@") ? String(source.dropFirst()) : source
  }

  private static func real(_ source: String) -> String {
    source == "-" ? source : URL(filePath: source).resolvingSymlinksInPath().standardized.path
  }

  /// Checks the path of an output.
  ///
  /// - Throws: a usage error if the output would replace one of the inputs.
  static func refuse(output: String, among inputs: [String]) throws {
    if let input = inputs.flatMap({ [$0, path($0)] }).first(where: { real($0) == real(output) }) {
      throw ValidationError("the output \(output) would replace the input \(input): name another file")
    }
  }
}

extension Array where Element: Hashable {
  /// The position of the first element that occurs a second time.
  var firstRepetition: Int? {
    var seen: Set<Element> = []
    return firstIndex { !seen.insert($0).inserted }
  }
}
