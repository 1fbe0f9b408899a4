import Foundation
import OddityModel

/// One machine's part of a fit, read from its file.
///
/// The file is a ``TensorArchive``: sums, the bounded sample of the fit part, the rows of the select and calibrate parts, and
/// FeatureNorms of every image.
struct FitPart {
  let archive: TensorArchive
  let summary: Summary
  /// The images in the order in which they were observed.
  let images: [Observations.Image]

  var path: String { archive.path }

  /// The content of the file's metadata.
  struct Summary: Codable {
    let terms: FitTerms
    let shard: Shard
    /// SHA-256 of the list of images that all shards together observe.
    let listing: String
    /// The number of images in the fit part.
    let fitImages: Int
    /// nil if no features were tapped, or if there was no image.
    let smallestFeature: Float?
    /// nil in parts of an Oddity that did not store it.
    let confidence: ConfidenceSums?
    /// nil in parts of an Oddity that did not store it.
    let inputs: FittedInputs?
    /// nil in parts of an Oddity that did not store it.
    let trace: EngineTrace?

    static let key = "oddity.part"

    private enum CodingKeys: String, CodingKey {
      case terms, shard, listing
      case fitImages = "fit_images"
      case smallestFeature = "smallest_feature"
      case confidence, inputs, trace
    }
  }

  /// The versions in a summary whose other content may have another format.
  private struct Versions: Decodable {
    let terms: FormatVersion
  }

  /// - Throws: ``OddityError`` `.badData`, naming the file, if it is not a part of a fit, is cut short or
  ///   damaged, or was written in another format.
  init(path: String) throws(OddityError) {
    let what = "a part of a fit, as \(.partialFit) writes it"
    archive = try TensorArchive(path: path, what: what)
    guard let text = archive.metadata[Summary.key],
      let versions = try? JSONDecoder().decode(Versions.self, from: Data(text.utf8)),
      let version = versions.terms.oddityVersion
    else { throw OddityError(.badData, "\(path) is not \(what)") }
    guard versions.terms.format == FitTerms.currentFormat,
      let summary = try? JSONDecoder().decode(Summary.self, from: Data(text.utf8))
    else {
      throw OddityError(
        .badData,
        "\(path) was written by Oddity \(version), whose format this one (\(oddityVersion)) does not "
          + "read: make all parts with one version")
    }
    self.summary = summary
    images = try Self.images(archive)
    guard summary.fitImages == images.count(where: { $0.part == .fit }),
      summary.terms.preprocessing.isConsistent
    else { throw Self.inconsistent(path) }
  }

  private static func images(_ archive: TensorArchive) throws(OddityError) -> [Observations.Image] {
    let parts = try archive.bytes(Names.part)
    let needs = try archive.bytes(Names.need)
    let selections = try archive.integers(Names.selection)
    let positions = try archive.integers(Names.position)
    let predictedClasses = try archive.integers(Names.predictedClass)
    let truths = try archive.integers(Names.truth)
    let keys = try archive.words(Names.key)
    let contentHashes = try archive.words(Names.contentHash)
    let counts = [
      needs.count, selections.count, positions.count, predictedClasses.count, truths.count, keys.count,
      contentHashes.count,
    ]
    guard counts.allSatisfy({ $0 == parts.count }),
      parts.allSatisfy({ Part.allCases.indices.contains(Int($0)) }),
      needs.allSatisfy({ PseudoOODNeed(rawValue: $0) != nil })
    else { throw Self.inconsistent(archive.path) }
    return parts.indices.map {
      Observations.Image(
        part: Part.allCases[Int(parts[$0])], need: PseudoOODNeed(rawValue: needs[$0]) ?? .none,
        selection: selections[$0],
        position: positions[$0], predictedClass: predictedClasses[$0], truth: truths[$0], key: keys[$0],
        contentHash: contentHashes[$0])
    }
  }

  static func inconsistent(_ path: String) -> OddityError {
    OddityError(.badData, "\(path) has arrays of contradicting sizes: make it again")
  }
}
