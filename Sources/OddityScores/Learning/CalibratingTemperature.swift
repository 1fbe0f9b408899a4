import Foundation
import OddityClassifier

/// The temperature T at which `max softmax(l/T)` equals the classifier's accuracy (Guo et al., ICML 2017).
///
/// It minimises the negative log-likelihood of the true classes of images that the classifier was not trained
/// on. On training images the accuracy is higher, so T would come out far too low. The likelihood has a
/// single minimum over T, and log T is searched in [log 0.05, log 20].
package enum CalibratingTemperature {
  /// - Parameters:
  ///   - logits: [images, classes]
  ///   - truth: the class of each image.
  package static func fit(logits: [[Double]], truth: [Int]) -> Double {
    func loss(_ logT: Double) -> Double {
      let scale = exp(-logT)
      return zip(logits, truth).reduce(0.0) { sum, image in
        let scaled = image.0.map { $0 * scale }
        return sum + EnergyValue.of(scaled) - scaled[image.1]
      }
    }
    return exp(GoldenSection.minimum(of: loss, within: log(0.05)...log(20), tolerance: 1e-7))
  }
}

/// Golden-section search (Kiefer, Proc. AMS 4, 1953).
enum GoldenSection {
  /// The minimum of a function that has a single minimum within the range.
  static func minimum(
    of function: (Double) -> Double, within range: ClosedRange<Double>, tolerance: Double
  ) -> Double {
    let ratio = (5.0.squareRoot() - 1) / 2
    var (lower, upper) = (range.lowerBound, range.upperBound)
    var (left, right) = (upper - ratio * (upper - lower), lower + ratio * (upper - lower))
    var (atLeft, atRight) = (function(left), function(right))
    while upper - lower > tolerance {
      if atLeft < atRight {
        (upper, right, atRight) = (right, left, atLeft)
        left = upper - ratio * (upper - lower)
        atLeft = function(left)
      } else {
        (lower, left, atLeft) = (left, right, atRight)
        right = lower + ratio * (upper - lower)
        atRight = function(right)
      }
    }
    return (lower + upper) / 2
  }
}
