import OddityModel

extension PartSet {
  /// A warning if different engines made the parts; nil if one engine made them, or if the parts do not tell.
  ///
  /// - Throws: ``OddityError`` `.badData` if engines computed different numbers for the same pictures, by
  ///   more than orders of summation explain.
  func engineWarning(_ setup: FitSetup) throws(OddityError) -> Warning? {
    let traces = parts.compactMap { part in part.summary.trace.map { (part.path, $0) } }
    guard let (firstPath, first) = traces.first else { return nil }
    let outputs = CheckedOutput.all(of: setup.probe, logits: setup.classifier.head.logits)
    let judge = SoundnessJudge(
      outputs: outputs, reference: first.rows, tolerance: setup.soundnessTolerance,
      classifier: setup.classifier)
    for (path, other) in traces where other.engine != first.engine {
      let (columns, others) = (first.rows.columns, other.rows.columns)
      guard others.map(\.count) == columns.map(\.count), columns.count == outputs.count else {
        throw OddityError(.badData, "\(path) and \(firstPath) were made with other outputs: make them anew")
      }
      do throws(OddityError) {
        try judge.compare(
          [0, 1].map { (first.rows, $0, other.rows, $0) },
          as: .engines("\(first.engine) (\(firstPath))", "\(other.engine) (\(path))"))
      } catch {
        throw OddityError(.badData, error.message)
      }
    }
    let engines = Set(traces.map(\.1.engine)).sorted()
    guard engines.count > 1 else { return nil }
    return Warning(
      .enginesMixed,
      "parts were made by different engines (\(engines.joined(separator: "; "))), which agree on test "
        + "images: scores differ in their last digits, so images close to the threshold may get another "
        + "verdict")
  }
}
