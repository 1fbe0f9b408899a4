import OddityModel

/// The parts of one fit, after checks that they belong together, and that none is duplicate or missing.
struct PartSet {
  /// The parts in an order that does not depend on the order of their names on the command line.
  let parts: [FitPart]

  /// - Throws: ``OddityError`` `.badData`, naming the file, if ``FitPart`` refuses it, if it was made with
  ///   other terms, or if it holds the same images as another part; also if a shard is missing. `.usage` if
  ///   no file is named.
  init(paths: [String]) throws(OddityError) {
    let parts = try paths.map { path throws(OddityError) in try FitPart(path: path) }
    guard let first = parts.first else { throw OddityError(.usage, "name the parts to merge") }
    for part in parts {
      if let difference = part.summary.terms.difference(
        from: first.summary.terms, path: part.path, otherPath: first.path)
      {
        throw OddityError(.badData, "\(difference): make all parts of a fit with the same settings")
      }
    }
    self.parts = parts.sorted { $0.rank < $1.rank }
    try refuseCopies()
    try refuseMissingShards()
    try refuseCommonImages()
  }

  var terms: FitTerms { parts[0].summary.terms }

  /// The groups of parts that divide the same sources, in order.
  var families: [[FitPart]] {
    parts.reduce(into: []) { families, part in
      if let last = families.last?.last, last.isSibling(of: part) {
        families[families.count - 1].append(part)
      } else {
        families.append([part])
      }
    }
  }

  private func refuseCopies() throws(OddityError) {
    for (part, next) in zip(parts, parts.dropFirst()) where part.archive.digest == next.archive.digest {
      throw OddityError(
        .badData,
        part.path == next.path
          ? "\(part.path) is named twice" : "\(next.path) is a copy of \(part.path): leave one of them out")
    }
  }

  /// If sources are divided, each shard must be present, and as often as the others. Archives whose members
  /// have the same names cannot be distinguished.
  private func refuseMissingShards() throws(OddityError) {
    let incomplete = families.map { (part: $0[0], missing: Self.missingShards($0)) }.filter {
      !$0.missing.isEmpty
    }
    guard let (part, missing) = incomplete.first else { return }
    if incomplete.count > 1 {
      let other = incomplete[1].part
      let difference =
        part.summary.listing == other.summary.listing
        ? "divide their sources into different numbers of shards" : "are of other sources"
      throw OddityError(
        .badData,
        "\(other.path) (\(other.summary.shard)) and \(part.path) (\(part.summary.shard)) \(difference), and shards of both are missing: "
          + "machines that share sources must see the same images and count the same shards")
    }
    let named = missing.prefix(10).map { "\($0)/\(part.summary.shard.count)" }.joined(separator: ", ")
    let rest = missing.count > 10 ? " and \(missing.count - 10) more" : ""
    throw OddityError(
      .badData,
      "\(missing.count == 1 ? "shard" : "shards") \(named)\(rest) \(missing.count == 1 ? "is" : "are") "
        + "missing, but needed with \(part.path) (\(part.summary.shard)): a fit needs all of them")
  }

  private static func missingShards(_ family: [FitPart]) -> [Int] {
    let numbers = Dictionary(grouping: family, by: \.summary.shard.number).mapValues(\.count)
    let most = numbers.values.max() ?? 0
    return (1...family[0].summary.shard.count).filter { numbers[$0, default: 0] < most }
  }

  /// Refuses parts that hold the same images. Archives may have members with the same names, and some of
  /// these the same content, such as blank pictures. A few common images are therefore allowed.
  private func refuseCommonImages() throws(OddityError) {
    struct Place {
      let key: UInt64
      let contentHash: UInt64
      let part: Int
    }
    var places: [Place] = []
    for (index, part) in parts.enumerated() {
      places += part.images.map { Place(key: $0.key, contentHash: $0.contentHash, part: index) }
    }
    places.sort { ($0.key, $0.contentHash, $0.part) < ($1.key, $1.contentHash, $1.part) }
    var common: [[Int]: Int] = [:]
    for (place, next) in zip(places, places.dropFirst())
    where place.key == next.key && place.contentHash == next.contentHash && place.part != next.part {
      common[[place.part, next.part], default: 0] += 1
    }
    for (pair, count) in common.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let (part, other) = (parts[pair[0]], parts[pair[1]])
      let areShards = part.isSibling(of: other) && part.summary.shard.number != other.summary.shard.number
      guard !areShards, count * 10 > min(part.images.count, other.images.count) else { continue }
      throw OddityError(
        .badData,
        "\(part.path) and \(other.path) hold the same images (\(count) of one name and content are in both): leave one of "
          + "them out")
    }
  }
}

extension FitPart {
  fileprivate var rank: (String, Int, Int, String) {
    (summary.listing, summary.shard.count, summary.shard.number, archive.digest)
  }

  /// Whether both are shards of the same division of the same sources.
  fileprivate func isSibling(of other: FitPart) -> Bool {
    summary.listing == other.summary.listing && summary.shard.count == other.summary.shard.count
  }
}
