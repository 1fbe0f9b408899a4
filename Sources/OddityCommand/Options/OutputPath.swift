import ArgumentParser
import Foundation

/// Checks on a path that a command is about to write.
enum OutputPath {
  /// - Throws: a usage error where the output would replace one of the inputs.
  static func check(_ output: String, isNoneOf inputs: [String]) throws {
    // A list is named with a sign before its path.
    let inputs = inputs + inputs.filter { $0.hasPrefix("@") }.map { String($0.dropFirst()) }
    func real(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().standardized.path }
    if let input = inputs.first(where: { real($0) == real(output) }) {
      throw ValidationError("the output \(output) would replace the input \(input): name another file")
    }
  }
}
