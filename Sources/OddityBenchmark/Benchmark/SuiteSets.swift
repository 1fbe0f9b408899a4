import Foundation
import Imaging
import OddityFit

/// The image sets of a suite. The sources are listed, and their images are assigned to the sets.
struct SuiteSets: Sendable {
  let fit: ImageSet
  /// nil if a part of `fit` is used for calibration.
  let calibration: ImageSet?
  let evaluate: ImageSet
  let outOfDistribution: [ImageSet]
  let shifted: [ImageSet]

  /// All sets, in the order of measurement.
  var all: [ImageSet] { [fit] + [calibration].compactMap { $0 } + [evaluate] + outOfDistribution + shifted }

  /// Lists the sources, and determines the images of each set.
  ///
  /// If k of `id.fit`, `id.calibration` and `id.evaluate` name the same source, its images are dealt out. The
  /// first random draw of an image modulo k is the position of its set among them, so the sets share no
  /// image. `limit` is a sample of the images of `id.fit`, for each source.
  ///
  /// - Throws: ``OddityError`` with the suite's line, if a source cannot be listed or a set has no image.
  init(_ suite: Suite) throws(OddityError) {
    let roles = [
      (ImageSet.Role.fit, suite.inDistribution.fit), (.calibration, suite.inDistribution.calibration),
      (.evaluate, suite.inDistribution.evaluate),
    ]
    var opened = OpenedSources(suite: suite)
    var sets: [ImageSet.Role: ImageSet] = [:]
    for (role, paths) in roles where !paths.isEmpty {
      let stretches = try paths.enumerated().map { (position, path) throws(OddityError) in
        guard !paths.prefix(position).contains(where: { $0.isSameSource(as: path) }) else {
          throw suite.error(
            .badData, line: path.line,
            "id.\(role.rawValue) names \(path.written) twice, in different spellings")
        }
        let claimants = roles.filter { $0.1.contains { $0.isSameSource(as: path) } }.map(\.0)
        let source = try opened.source(path)
        let dealt = suite.positions(source.items, dealtTo: role, of: claimants)
        return ImageSet.Stretch(
          source: source, positions: role == .fit ? suite.sample(dealt, of: source) : dealt)
      }
      sets[role] = try suite.set(role, role.rawValue, stretches, line: paths[0].line)
    }
    guard let fit = sets[.fit], let evaluate = sets[.evaluate] else {
      preconditionFailure("a suite has id.fit and id.evaluate")
    }
    (self.fit, calibration, self.evaluate) = (fit, sets[.calibration], evaluate)
    outOfDistribution = try suite.outOfDistribution.map { (set) throws(OddityError) in
      try opened.whole(.ood, set.name, set.source)
    }
    shifted = try suite.inDistribution.shifted.map { (set) throws(OddityError) in
      if let (role, _) = roles.first(where: { $0.1.contains { $0.isSameSource(as: set.source) } }) {
        throw suite.error(
          .badData, line: set.source.line,
          "id.shifted names \(set.source.written), which id.\(role.rawValue) has too: an image must not count twice"
        )
      }
      return try opened.whole(.shifted, set.name, set.source)
    }
  }
}

extension Suite {
  /// The positions of the images of a source that belong to one of the sets that name it.
  fileprivate func positions(
    _ items: [ImageItem], dealtTo role: ImageSet.Role, of claimants: [ImageSet.Role]
  ) -> [Int] {
    guard claimants.count > 1 else { return Array(items.indices) }
    return items.indices.filter {
      let draw = ImageRandomness(seed: seed, id: items[$0].id).samplingKey
      return claimants[Int(draw % UInt64(claimants.count))] == role
    }
  }

  fileprivate func sample(_ positions: [Int], of source: any ImageSource) -> [Int] {
    guard let limit else { return positions }
    let ids = positions.map { source.items[$0].id }
    return Sample.positions(ids: ids, limit: limit, seed: seed).map { positions[$0] }
  }

  fileprivate func set(
    _ role: ImageSet.Role, _ name: String, _ stretches: [ImageSet.Stretch], line: Int
  ) throws(OddityError) -> ImageSet {
    let set = ImageSet(role: role, name: name, stretches: stretches, line: line)
    guard set.count > 0 else {
      throw error(.badData, line: line, "no image is left for id.\(name): its sources are too small to share")
    }
    return set
  }
}

/// Sources by path. A source that several sets name is listed once.
private struct OpenedSources {
  let suite: Suite
  private(set) var sources: [String: any ImageSource] = [:]

  mutating func source(_ path: SuitePath) throws(OddityError) -> any ImageSource {
    if let source = sources[path.path] { return source }
    do {
      let source = try ImageSources.open(path.path)
      guard !source.items.isEmpty else {
        throw suite.error(.badData, line: path.line, "\(path.written) holds no images")
      }
      sources[path.path] = source
      return source
    } catch let error as OddityError {
      throw error
    } catch {
      throw suite.error(.badData, line: path.line, "\(error)", underlying: error)
    }
  }

  /// A set that contains all images of a source.
  mutating func whole(
    _ role: ImageSet.Role, _ name: String, _ path: SuitePath
  ) throws(OddityError) -> ImageSet {
    let source = try source(path)
    let all = ImageSet.Stretch(source: source, positions: Array(source.items.indices))
    return try suite.set(role, name, [all], line: path.line)
  }
}

extension SuitePath {
  /// Whether both name the same place, however it is written.
  fileprivate func isSameSource(as other: SuitePath) -> Bool { place == other.place }

  private var place: String {
    let isList = path.hasPrefix("@")
    let file = URL(filePath: isList ? String(path.dropFirst()) : path)
    return (isList ? "@" : "") + file.resolvingSymlinksInPath().standardized.path
  }
}

/// One image set of a benchmark: the images of its sources, in their order.
package struct ImageSet: Sendable {
  /// The purpose of a set.
  package enum Role: String, Sendable, Codable {
    /// `id.fit`
    case fit
    /// `id.calibration`
    case calibration
    /// `id.evaluate`
    case evaluate
    /// A set of `ood`.
    case ood
    /// A set of `id.shifted`.
    case shifted
  }

  /// The images of one source that a set uses.
  package struct Stretch: Sendable {
    package let source: any ImageSource
    /// Positions among the source's items, in ascending order.
    package let positions: [Int]
  }

  package let role: Role
  /// The name of an OOD set or a shifted set. Other sets have the name of their role.
  package let name: String
  package let stretches: [Stretch]
  /// The line of the suite that names the set, for errors.
  let line: Int

  /// The number of images.
  package var count: Int { stretches.reduce(0) { $0 + $1.positions.count } }

  /// All images, one for each row of the set's measurements.
  package var items: [ImageItem] {
    stretches.flatMap { stretch in stretch.positions.map { stretch.source.items[$0] } }
  }

  /// The name of its measurement: `id.fit`, `ood.NAME`, `shifted.NAME`.
  var fileName: String {
    switch role {
    case .fit, .calibration, .evaluate: "id.\(name)"
    case .ood: "ood.\(name)"
    case .shifted: "shifted.\(name)"
    }
  }
}
