import Foundation
import Imaging
import Oddity
import ONNXGraph

/// The JSON lines that an interrupted `oddity score --output FILE --resume` has written.
///
/// Every image has a line, in order, so the lines tell which images are done. If the program was killed
/// within a line, or the disk was full, the incomplete line at the end is cut off, once the other lines are
/// known to be right.
struct ResumedResults {
  let path: String
  let file: FileDescriptor
  /// The complete lines.
  private let content: Data
  /// The bytes after the last complete line.
  private let half: Data

  /// Opens the file or creates an empty one, and prevents other programs from continuing it at the same time.
  ///
  /// - Throws: `OddityError.output` if it cannot be written, is not a regular file, or is in use by another
  ///   program.
  init(path: String) throws(OddityError) {
    self.path = path
    file = try FileDescriptor(opening: path, flags: O_RDWR | O_CREAT | O_APPEND, for: path)
    guard file.isRegularFile else {
      throw OddityError(.output, "--resume needs a regular file, and \(path) is not one: leave --resume out")
    }
    guard file.lock() else {
      throw OddityError(.output, "another program is writing \(path): wait for it, or name another file")
    }
    let all: Data
    do {
      all = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw OddityError(.output, "cannot read \(path): \(systemReason(error))", underlying: error)
    }
    let end = all.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    content = all.prefix(end)
    half = all.dropFirst(end)
  }

  /// Cuts off an incomplete line. Call this only after all complete lines were checked.
  ///
  /// - Parameter next: the image that the incomplete line must belong to. After a power failure it may
  ///   consist of zeros.
  /// - Throws: `OddityError.badData` if it belongs to something else; `.output`.
  func cutHalfALine(of next: ImageItem?) throws(OddityError) {
    guard !half.isEmpty else { return }
    let beginning = Data((next.map { ScoreLines.beginning($0) } ?? "").utf8)
    guard half.starts(with: beginning) || beginning.starts(with: half) || half.allSatisfy({ $0 == 0 }),
      next != nil
    else {
      throw OddityError(.badData, "\(path) does not end with results of these images: name another file")
    }
    try file.truncate(to: content.count, for: path)
  }

  /// The finished images of a list.
  struct Done {
    /// How many images are finished, from the first one on.
    var images = 0
    var failures = 0
    /// The last image that has a score: its position in the list, and its line.
    var lastScored: (image: Int, line: Data)?
  }

  /// Compares the lines with the images that they should belong to.
  ///
  /// - Parameter image: the image at a position in the list, or nil after the last one.
  /// - Throws: `OddityError.badData` if a line belongs to another image, or to none.
  func done(_ image: (Int) -> ImageItem?) throws(OddityError) -> Done {
    var done = Done()
    let failed = Data(ScoreLines.beginningOfError.utf8)
    var start = content.startIndex
    while start < content.endIndex {
      let end = content[start...].firstIndex(of: UInt8(ascii: "\n")) ?? content.endIndex
      let line = content[start..<end]
      guard let item = image(done.images) else {
        throw OddityError(.badData, "\(path) has more lines than there are images: it holds other results")
      }
      let beginning = Data(ScoreLines.beginning(item).utf8)
      guard line.starts(with: beginning), line.last == UInt8(ascii: "}") else {
        throw OddityError(
          .badData,
          "line \(done.images + 1) of \(path) is not the result of \(item.name): it holds other results, so name another file"
        )
      }
      if line.dropFirst(beginning.count).starts(with: failed) {
        done.failures += 1
      } else {
        done.lastScored = (done.images, line)
      }
      done.images += 1
      start = end + 1
    }
    return done
  }

  /// Checks that the model is the one that wrote the file.
  ///
  /// - Parameters:
  ///   - line: the line of an image with a score.
  ///   - image: the same image, scored now.
  /// - Throws: `OddityError.badData` if a score or the p-value differs.
  func check(_ line: Data, is image: ScoredImage) throws(OddityError) {
    guard let known = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
      Self.agree(known["score"], image.score),
      let pValue = known["p_value"] as? Double, abs(pValue - Double(image.pValue)) <= 0.05,
      case let scores = known["scores"] as? [String: Any], (scores?.count ?? 1) == image.scores.count,
      image.scores.allSatisfy({ name, score in scores.map { Self.agree($0[name], score) } ?? true })
    else {
      throw OddityError(
        .badData,
        "\(path) was written with another model or precision: \(image.item.name) has other scores there; name another file"
      )
    }
  }

  /// Allows small differences: another processor may compute the last digits differently, and bf16 more of
  /// them.
  ///
  /// - Parameter known: null means a number that is not finite, which JSON cannot express.
  private static func agree(_ known: Any?, _ score: Float) -> Bool {
    guard let known = known as? Double, let now = Double(score).ifFinite else {
      return !(known is Double) && !score.isFinite
    }
    return abs(known - now) <= 1e-2 * max(1, abs(now))
  }
}
