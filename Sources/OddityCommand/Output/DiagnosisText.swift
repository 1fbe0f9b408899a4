import Oddity

extension Diagnosis {
  /// The diagnosis as text.
  var text: String {
    let compared =
      "\(images) images against \(calibrationImages) calibration images, p = \(Numbers.fixed(pValue, 4))"
    switch verdict {
    case .healthy:
      return "healthy: the images reach the classifier as they should (\(compared))\n"
    case .mix:
      return
        "another mix of classes: the images look as they should, but some classes are more or less frequent "
        + "than in calibration (\(compared); within classes p = \(Numbers.fixed(pValueWithinClasses, 4)))\n"
    case .fault:
      return "faulty: \(leading)(\(compared))\n\n" + table.text
    }
  }

  private var leading: String {
    guard let first = faults.first else { return "the images do not reach the classifier as they should " }
    let strength = first.strength.map { ": \($0)" } ?? ""
    return "\(first.fault.meaning)\(strength)\n\(first.fault.advice)\n"
  }

  /// The other possible faults.
  private var table: Table {
    Table(
      faults.prefix(4),
      [
        .text("fault") { $0.fault.rawValue }, .number("explains") { Numbers.percent($0.explained, 0) },
        .text("strength that fits best") { $0.strength ?? Numbers.none },
      ])
  }
}

extension TensorCheck {
  /// The result of the check as text.
  var text: String {
    let measured =
      "\(images) images; values differ by \(levels(meanDifference)) of 255 levels on average, and by \(levels(largestDifference)) at most"
    let found = steps.map { "  \($0.step.rawValue): \($0.text)\n" }.joined()
    switch verdict {
    case .same: return "the same tensors (\(measured))\n"
    case .close:
      return
        "nearly the same tensors; another decoder or resize filter explains the difference (\(measured))\n"
    case .explained: return "different tensors (\(measured)), because:\n" + found
    case .different:
      let left = Numbers.percent(unexplained, 1)
      return steps.isEmpty
        ? "different tensors (\(measured)); no mistake that Oddity knows explains the difference\n"
        : "different tensors (\(measured)). This explains most of the difference, and leaves \(left) of the "
          + "variance unexplained:\n"
          + found
    }
  }

  private func levels(_ difference: Double) -> String { Numbers.fixed(difference, difference < 10 ? 2 : 0) }
}
