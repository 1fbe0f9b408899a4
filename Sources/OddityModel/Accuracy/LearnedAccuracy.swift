import Foundation
import OddityFiles
import OddityScores

/// What a guarded model knows about the accuracy of its classifier, from calibration images whose classes are
/// known.
///
/// It is stored in `metadata_props["oddity.accuracy"]`.
package struct LearnedAccuracy: Sendable, Equatable {
  static let key = "oddity.accuracy"
  /// Fewer labelled images are not enough for an estimate.
  package static let leastImages = 100

  let correctness: CorrectnessModel
  let transport: Transport
  /// The calibration images, in the order in which the model was calibrated on them.
  let images: [Image]

  /// How well a loss of accuracy that the correctness model predicts holds for shifts that it has not learnt.
  struct Transport: Sendable, Equatable {
    /// The factor that corrects the predicted loss.
    let scale: Double
    /// The relative error of the corrected loss: the root mean square over faults that were left out.
    let relativeError: Double
  }

  struct Image: Sendable, Equatable {
    /// The probability that the correctness model gives.
    let probability: Double
    /// nil if the class of the image is unknown.
    let isRight: Bool?
  }
}

extension LearnedAccuracy {
  /// Copies of some calibration images with one fault of one strength, or with noise.
  package struct FaultyCopies {
    /// nil for noise.
    let fault: Fault?
    let examples: [CorrectnessModel.Example]

    package init(_ fault: Fault?, _ examples: [CorrectnessModel.Example]) {
      (self.fault, self.examples) = (fault, examples)
    }
  }

  /// - Parameters:
  ///   - images: all calibration images in their order, with whether the classifier is right, or nil if the
  ///     class is unknown.
  ///   - copies: empty if no signatures were made.
  /// - Returns: nil without copies, or if the classifier is right about all images or about none.
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
    transport = try Self.transport(learnt, copies)
    self.images = images.map { Image(probability: model.probability($0.answers), isRight: $0.isRight) }
  }

  /// An evenly spread sample, because too many examples would outweigh the faulty copies.
  private static func sample(_ examples: [CorrectnessModel.Example]) -> [CorrectnessModel.Example] {
    let count = min(examples.count, 2_048)
    return (0..<count).map { examples[$0 * examples.count / count] }
  }

  /// Leaves out one fault after another, with all its strengths. Compares the loss of accuracy on its copies
  /// with the loss that a model learnt from the other faults predicts.
  private static func transport(
    _ calibration: [CorrectnessModel.Example], _ copies: [FaultyCopies]
  ) throws(OddityError) -> Transport {
    var losses: [Transport.Loss] = []
    let accuracy = Double(calibration.count(where: \.isRight)) / Double(calibration.count)
    for fault in Set(copies.map(\.fault)).sorted(by: { $0?.rawValue ?? "" < $1?.rawValue ?? "" }) {
      let others = copies.filter { $0.fault != fault }.flatMap(\.examples)
      let all = calibration + others
      guard all.contains(where: \.isRight), all.contains(where: { !$0.isRight }) else { continue }
      let model = try CorrectnessModel(calibration: calibration, faulty: others)
      let expected = Moments.mean(calibration.map { model.probability($0.answers) })
      for copy in copies where copy.fault == fault {
        let probabilities = copy.examples.map { model.probability($0.answers) }
        let count = Double(copy.examples.count)
        losses.append(
          Transport.Loss(
            told: expected - Moments.mean(probabilities),
            found: accuracy - Double(copy.examples.count(where: \.isRight)) / count,
            variance: probabilities.reduce(0) { $0 + $1 * (1 - $1) } / (count * count)))
      }
    }
    return Transport(losses)
  }
}

extension LearnedAccuracy.Transport {
  /// The loss of accuracy on copies with a fault that was left out.
  struct Loss {
    /// The loss that a model learnt from the other faults predicts.
    let told: Double
    /// The measured loss.
    let found: Double
    /// The variance of the measured loss by chance.
    let variance: Double
  }

  /// If a fault resembles none of the others, their prediction is wrong by the slope of the regression
  /// through the origin. Shifts of real images partly resemble the learnt faults, so only half of this error
  /// is corrected.
  init(_ losses: [Loss]) {
    let squares = losses.reduce(0) { $0 + $1.told * $1.told }
    guard squares > 0 else {
      self.init(scale: 1, relativeError: 0)
      return
    }
    let slope = losses.reduce(0) { $0 + $1.told * $1.found } / squares
    let scale = min(max((1 + slope) / 2, 0.5), 2)
    let errors = losses.reduce(0) { sum, loss in
      let error = scale * loss.told - loss.found
      return sum + error * error - loss.variance
    }
    self.init(scale: scale, relativeError: (max(errors, 0) / squares).squareRoot() / scale)
  }
}

extension LearnedAccuracy {
  /// The format in the file.
  private struct Stored: Codable {
    let format: Int
    let correctness: CorrectnessModel
    let relativeError: Double
    /// nil in files of an earlier Oddity that did not store it.
    let lossScale: Double?
    /// float16 for each image, little-endian, in base64.
    let probabilities: Data
    /// A byte for each image: 0 wrong, 1 right, 2 unknown.
    let right: Data

    enum CodingKeys: String, CodingKey {
      case format, correctness
      case relativeError = "relative_error"
      case lossScale = "loss_scale"
      case probabilities, right
    }
  }

  private static let format = 1

  func json() throws -> String {
    try Stored(
      format: Self.format, correctness: correctness, relativeError: transport.relativeError,
      lossScale: transport.scale,
      probabilities: Data(littleEndian: images.map { Float16($0.probability).bitPattern }),
      right: Data(images.map { $0.isRight.map { $0 ? 1 : 0 } ?? 2 })
    ).json()
  }

  /// - Parameters:
  ///   - answers: the number of answers in a signature.
  ///   - count: the number of images that the model was calibrated on, which is at least the number of stored
  ///     images.
  /// - Returns: nil if it is damaged, or of another version.
  init?(json: String, answers: Int, calibrationImages count: Int) {
    guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)),
      stored.format == Self.format, let words = stored.probabilities.littleEndianWords(UInt16.self),
      words.count == stored.right.count, (min(count, Self.leastImages)...count).contains(words.count),
      stored.right.allSatisfy({ $0 <= 2 }),
      stored.relativeError >= 0, stored.relativeError.isFinite, (0.1...10).contains(stored.lossScale ?? 1),
      stored.correctness.isUsable(answers: answers)
    else { return nil }
    let probabilities = words.map { Double(Float16(bitPattern: $0)) }
    guard probabilities.allSatisfy({ (0...1).contains($0) }) else { return nil }
    correctness = stored.correctness
    transport = Transport(scale: stored.lossScale ?? 1, relativeError: stored.relativeError)
    images = zip(probabilities, stored.right).map { Image(probability: $0, isRight: $1 == 2 ? nil : $1 == 1) }
  }
}
