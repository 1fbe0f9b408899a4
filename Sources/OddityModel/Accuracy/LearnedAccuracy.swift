import Foundation
import OddityFiles
import OddityScores

/// What a guarded model knows of how accurate its classifier is, from calibration images whose classes are known.
///
/// It carries it in `metadata_props["oddity.accuracy"]`.
package struct LearnedAccuracy: Sendable, Equatable {
  static let key = "oddity.accuracy"
  /// With fewer labelled images nothing can be told.
  package static let leastImages = 100

  let correctness: CorrectnessModel
  /// How wrong an estimate is, as a share of the loss of accuracy that it tells: the root mean square over faults that were left out.
  let relativeError: Double
  /// Of the calibration images, in the order in which the model was calibrated on them.
  let images: [Image]

  struct Image: Sendable, Equatable {
    /// What the model of correctness says.
    let probability: Double
    /// Nil where the class of the image is not known.
    let isRight: Bool?
  }
}

extension LearnedAccuracy {
  /// Copies of some calibration images with one fault of one strength, or with noise.
  package struct FaultyCopies {
    /// Nil of noise.
    let fault: Fault?
    let examples: [CorrectnessModel.Example]

    package init(_ fault: Fault?, _ examples: [CorrectnessModel.Example]) {
      (self.fault, self.examples) = (fault, examples)
    }
  }

  /// - Parameters:
  ///   - images: all calibration images in their order, with whether the classifier is right; nil where the class is not known.
  ///   - copies: none where no signatures were made.
  /// - Returns: nil without copies, and where the classifier is right about all images or none.
  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS.
  package init?(
    _ images: [(answers: [Float], isRight: Bool?)], copies: [FaultyCopies]
  ) throws(OddityError) {
    let known = images.compactMap { image in
      image.isRight.map { CorrectnessModel.Example(answers: image.answers, isRight: $0) }
    }
    let learnt = Self.sample(known)
    let all = learnt + copies.flatMap(\.examples)
    guard !copies.isEmpty, all.contains(where: \.isRight), all.contains(where: { !$0.isRight }) else {
      return nil
    }
    let model = try CorrectnessModel(calibration: learnt, faulty: copies.flatMap(\.examples))
    correctness = model
    relativeError = try Self.relativeError(learnt, copies)
    self.images = images.map { Image(probability: model.probability($0.answers), isRight: $0.isRight) }
  }

  /// Some evenly over all: more would outweigh the faulty copies.
  private static func sample(_ examples: [CorrectnessModel.Example]) -> [CorrectnessModel.Example] {
    let count = min(examples.count, 2_048)
    return (0..<count).map { examples[$0 * examples.count / count] }
  }

  /// Leaves one fault out after another, with all its strengths, and estimates the accuracy on its copies. Of the squared errors, the part
  /// that chance explains is subtracted.
  private static func relativeError(
    _ calibration: [CorrectnessModel.Example], _ copies: [FaultyCopies]
  ) throws(OddityError) -> Double {
    var (squares, losses) = (0.0, 0.0)
    let accuracy = Double(calibration.count(where: \.isRight)) / Double(calibration.count)
    for fault in Set(copies.map(\.fault)).sorted(by: { $0?.rawValue ?? "" < $1?.rawValue ?? "" }) {
      let others = copies.filter { $0.fault != fault }.flatMap(\.examples)
      let all = calibration + others
      guard all.contains(where: \.isRight), all.contains(where: { !$0.isRight }) else { continue }
      let model = try CorrectnessModel(calibration: calibration, faulty: others)
      let bias = accuracy - Moments.mean(calibration.map { model.probability($0.answers) })
      for copy in copies where copy.fault == fault {
        let probabilities = copy.examples.map { model.probability($0.answers) }
        let estimate = Moments.mean(probabilities) + bias
        let count = Double(copy.examples.count)
        let error = estimate - Double(copy.examples.count(where: \.isRight)) / count
        squares += error * error - probabilities.reduce(0) { $0 + $1 * (1 - $1) } / (count * count)
        losses += (accuracy - estimate) * (accuracy - estimate)
      }
    }
    return losses > 0 ? (max(squares, 0) / losses).squareRoot() : 0
  }
}

extension LearnedAccuracy {
  /// As it is kept.
  private struct Stored: Codable {
    let format: Int
    let correctness: CorrectnessModel
    let relativeError: Double
    /// float16 for each image, little-endian in base64.
    let probabilities: Data
    /// A byte for each image: 0 wrong, 1 right, 2 not known.
    let right: Data

    enum CodingKeys: String, CodingKey {
      case format, correctness
      case relativeError = "relative_error"
      case probabilities, right
    }
  }

  private static let format = 1

  func json() throws -> String {
    try Stored(
      format: Self.format, correctness: correctness, relativeError: relativeError,
      probabilities: Data(littleEndian: images.map { Float16($0.probability).bitPattern }),
      right: Data(images.map { $0.isRight.map { $0 ? 1 : 0 } ?? 2 })
    ).json()
  }

  /// - Parameters:
  ///   - answers: how many a signature has.
  ///   - count: on how many images the model was calibrated: at least those that are stored.
  /// - Returns: nil where it is damaged, or of another version.
  init?(json: String, answers: Int, calibrationImages count: Int) {
    guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)),
      stored.format == Self.format, let words = stored.probabilities.littleEndianWords(UInt16.self),
      words.count == stored.right.count, words.count <= count, stored.right.allSatisfy({ $0 <= 2 }),
      stored.relativeError >= 0, stored.relativeError.isFinite,
      stored.correctness.isUsable(answers: answers)
    else { return nil }
    let probabilities = words.map { Double(Float16(bitPattern: $0)) }
    guard probabilities.allSatisfy({ (0...1).contains($0) }) else { return nil }
    (correctness, relativeError) = (stored.correctness, stored.relativeError)
    images = zip(probabilities, stored.right).map { Image(probability: $0, isRight: $1 == 2 ? nil : $1 == 1) }
  }
}
