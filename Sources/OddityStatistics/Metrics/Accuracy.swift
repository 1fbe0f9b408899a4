/// Agreement of predicted classes with the true ones.
package enum Accuracy {
  /// The share of images predicted correctly, among those whose true class is known.
  ///
  /// - Parameters:
  ///   - predicted: the class index that the classifier gives each image.
  ///   - truth: the true class index of the same images, nil where unknown.
  /// - Returns: a share in [0, 1], or nil where no true class is known.
  package static func share(predicted: [Int], truth: [Int?]) -> Double? {
    precondition(predicted.count == truth.count, "one true class for each prediction")
    let known = zip(predicted, truth).filter { $0.1 != nil }
    guard !known.isEmpty else { return nil }
    return Double(known.count { $0.0 == $0.1 }) / Double(known.count)
  }
}
