import Imaging
import OddityFit

/// The share of accepted images at one false-alarm rate, and their accuracy. The rate holds on average over
/// calibration sets, regardless of the confidence of the model's calibration.
public struct AcceptedShare: Codable, Sendable, Equatable {
  public let alpha: Double
  /// The share of ID images that are accepted.
  public let coverage: Double
  /// The accuracy on the accepted ID images whose class is known; nil if there are none.
  public let accuracy: Double?

  /// The rates to evaluate.
  private static let alphas = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5]

  static func all(_ images: [ClassifiedImage], of metadata: GuardMetadata) throws(OddityError)
    -> [AcceptedShare]
  {
    try alphas.map { alpha throws(OddityError) in
      let rate = try Alpha(alpha)
      let accepted = images.filter { !metadata.flags($0.image, at: rate) }
      return AcceptedShare(
        alpha: alpha, coverage: Double(accepted.count) / Double(images.count), accuracy: accepted.accuracy)
    }
  }
}

/// A set of shifted ID images with their true classes, such as photographs from another camera.
public struct ShiftedReport: Codable, Sendable, Equatable {
  public let name: String
  public let images: Int
  /// The share of images that are flagged as outliers.
  public let flagged: Double
  /// The share of images that are classified correctly.
  public let accuracy: Double?
  /// The accuracy on the ID images minus the accuracy here; nil if the classes of the ID images are unknown.
  public let accuracyLost: Double?
  /// The accuracy on the images that are not flagged; nil if all are flagged.
  public let accuracyOfAccepted: Double?

  private enum CodingKeys: String, CodingKey {
    case name, images, flagged, accuracy
    case accuracyLost = "accuracy_lost"
    case accuracyOfAccepted = "accuracy_of_accepted"
  }

  /// - Throws: ``OddityError`` `.badData` for a label outside the classes.
  init(_ set: ScoredSet, labels: TrueLabels, accuracyOfID: Double?) throws {
    (name, images, flagged) = (set.name, set.images.count, set.flaggedShare)
    let classified = try set.classified(by: labels)
    let own = classified.accuracy
    accuracy = own
    accuracyLost = own.flatMap { own in accuracyOfID.map { $0 - own } }
    accuracyOfAccepted = classified.filter { !$0.image.isOutlier }.accuracy
  }
}

/// An image with its true class; nil if the class is unknown.
struct ClassifiedImage {
  let image: ScoredImage
  let truth: Int?
  var isRight: Bool? { truth.map { $0 == image.classIndex } }
}

extension ScoredSet {
  /// - Throws: ``OddityError`` `.badData` for a label outside the classes.
  func classified(by labels: TrueLabels) throws -> [ClassifiedImage] {
    let truth = try labels.truth(of: source)
    return zip(images, positions).map { image, position in
      ClassifiedImage(image: image, truth: truth[position])
    }
  }
}

extension Array<ClassifiedImage> {
  var accuracy: Double? {
    let known = compactMap(\.isRight)
    return known.isEmpty ? nil : Double(known.count(where: \.self)) / Double(known.count)
  }

  /// Selective prediction by one score, on images whose class is known and on images of no class.
  ///
  /// - Parameters:
  ///   - score: its position among the fitted scores.
  /// - Returns: nil if no class is known, or if a score is NaN.
  func riskCoverage(with strangers: [ScoredImage] = [], score: Int) -> RiskCoverage? {
    let known = filter { $0.isRight != nil }
    guard !known.isEmpty else { return nil }
    return RiskCoverage(
      scores: known.map { $0.image.scores.values[score] } + strangers.map { $0.scores.values[score] },
      isRight: known.map { $0.isRight == true } + strangers.map { _ in false })
  }
}

extension GuardMetadata {
  /// Whether an image would be flagged at a rate other than the calibrated one, on average over calibration
  /// sets.
  fileprivate func flags(_ image: ScoredImage, at alpha: Alpha) -> Bool {
    let count = calibrationGroup(ofClass: image.classIndex)?.calibrationImages ?? calibrationSize
    // 1 + #{calibration scores ≤ score}. An image whose p-value is NaN is flagged.
    let place = (Double(image.pValue) * (Double(count) + 1)).rounded()
    return !(place > Double(alpha.rank(calibrationSize: count)))
  }
}
