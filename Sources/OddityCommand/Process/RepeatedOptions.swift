/// Options that take a list, given more than once: someone may expect that the lists add up, and the last one counts.
enum RepeatedOptions {
  private static let lists = ["--score", "--pseudo-ood"]

  /// What to say of each; nothing where none is repeated.
  static func warnings(_ arguments: [String]) -> [String] {
    let options = arguments.prefix { $0 != "--" }.map { $0.prefix { $0 != "=" } }
    return lists.filter { list in options.count { $0 == list } > 1 }.map {
      "\($0) is given more than once, and the last one counts: name all with one \($0), between commas"
    }
  }
}
