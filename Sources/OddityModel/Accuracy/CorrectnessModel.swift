import Foundation
import OddityScores

/// The probability that the classifier is right about an image, estimated from its norms over the depth and
/// its logits.
///
/// A logistic regression on labelled calibration images and on their faulty copies. It sees how confidence
/// and norms change as accuracy falls. It therefore holds on shifted images, where a temperature alone does
/// not (compare Garg et al., *Leveraging unlabeled data to predict out-of-distribution performance*, ICLR
/// 2022, and Deng and Zheng, *Are labels always necessary for classifier accuracy evaluation?*, CVPR 2021).
package struct CorrectnessModel: Codable, Sendable, Equatable {
  /// An image whose class is known.
  package struct Example: Sendable {
    /// The answers of its signature (``SignatureForm/answers``).
    let answers: [Float]
    let isRight: Bool

    package init(answers: [Float], isRight: Bool) { (self.answers, self.isRight) = (answers, isRight) }
  }

  /// The means of the answers on calibration images, by which answers are scaled.
  private let means: [Double]
  private let deviations: [Double]
  private let weights: [Double]
  private let intercept: Double

  /// Answers are clipped at this number of standard deviations.
  private static let mostDeviations = 6.0
  private static let leastDeviation = 0.01

  /// - Parameters:
  ///   - calibration: unchanged calibration images; at least one.
  ///   - faulty: their faulty copies.
  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS; `.badData` if the classifier is right
  ///   about all of them, or about none.
  init(calibration: [Example], faulty: [Example]) throws(OddityError) {
    let width = calibration[0].answers.count
    let columns = (0..<width).map { column in calibration.map { Double($0.answers[column]) } }
    let means = columns.map { Moments.mean($0) }
    let deviations = zip(columns, means).map {
      max(Moments.deviation($0, around: $1), Self.leastDeviation)
    }
    let all = calibration + faulty
    func values(_ isRight: Bool) -> [Double] {
      all.filter { $0.isRight == isRight }.flatMap { Self.scaled($0.answers, means, deviations) }
    }
    let regression = try LogisticRegression(
      TwoClassRows(positives: values(true), negatives: values(false), width: width, isBalanced: false),
      columns: Array(0..<width), penalty: 1 / Double(all.count))
    (self.means, self.deviations) = (means, deviations)
    (weights, intercept) = (regression.weights, regression.intercept)
  }

  /// - Parameter answers: as many as the model was fitted to.
  package func probability(_ answers: some Collection<Float>) -> Double {
    let scaled = Self.scaled(Array(answers), means, deviations)
    return 1 / (1 + exp(-zip(weights, scaled).reduce(intercept) { $0 + $1.0 * $1.1 }))
  }

  private static func scaled(_ answers: [Float], _ means: [Double], _ deviations: [Double]) -> [Double] {
    answers.indices.map { column in
      min(
        max((Double(answers[column]) - means[column]) / deviations[column], -mostDeviations), mostDeviations)
    }
  }

  /// Whether the model fits this number of answers. A file from elsewhere may contain anything.
  func isUsable(answers: Int) -> Bool {
    [means, deviations, weights].allSatisfy { $0.count == answers && $0.allSatisfy(\.isFinite) }
      && deviations.allSatisfy { $0 > 0 } && intercept.isFinite
  }
}
