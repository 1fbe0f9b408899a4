import OddityModel
import ONNXGraph

/// Compares a network's outputs for a picture in two ways, and states what differs.
struct SoundnessJudge {
  let outputs: [CheckedOutput]
  /// The outputs whose spread is the unit of the tolerance.
  let reference: SoundnessRows
  /// The tolerance, relative to the spread of an output.
  let tolerance: Float
  let classifier: Classifier

  /// The two ways that must give the same values for a picture.
  enum Comparison {
    case repetition, neighbours, threads
    /// Engines that made parts of one fit, by their names in messages.
    case engines(String, String)
    /// A device and the processor.
    case device(String)
  }

  /// A picture by its position in one batch and in another.
  typealias Pair = (SoundnessRows, Int, SoundnessRows, Int)

  /// - Throws: ``OddityError`` `.badModel` if no logit of the reference is a finite number.
  func refuseNumberless() throws(OddityError) {
    for (position, output) in outputs.enumerated() where output.isLogits {
      guard !reference.columns[position].contains(where: \.isFinite) else { continue }
      throw OddityError(
        .badModel,
        "\(classifier.model.name): \(output.title) of seeded images are not finite numbers; check the preprocessing, and "
          + "that the network was exported with its weights")
    }
  }

  /// - Throws: ``OddityError`` `.badModel` for the first output that differs by more than the tolerance.
  func compare(_ pairs: [Pair], as comparison: Comparison) throws(OddityError) {
    for (position, output) in outputs.enumerated() {
      let scale = scale(position)
      let worst =
        pairs.map { first, here, second, there in
          Self.distance(first.values(position, at: here), second.values(position, at: there))
        }.max() ?? 0
      guard worst > tolerance * scale else { continue }
      throw OddityError(
        .badModel,
        "\(classifier.model.name): \(output.title) of one seeded image differ by \(Self.percent(worst / scale)) of their "
          + "spread \(comparison.ways); \(advice(comparison))")
    }
  }

  /// The spread of an output over pictures and classes, but at least the rounding error of values of this
  /// size. Norms have one value per image, so their size is used instead.
  private func scale(_ output: Int) -> Float {
    let values = reference.columns[output].filter(\.isFinite)
    let size = values.map(abs).max() ?? 0
    guard outputs[output].isLogits, let least = values.min(), let largest = values.max() else { return size }
    return max(largest - least, size / 100, .leastNormalMagnitude)
  }

  /// The largest difference of two values; infinite if only one of them is a number.
  private static func distance(_ first: ArraySlice<Float>, _ second: ArraySlice<Float>) -> Float {
    zip(first, second).map { first, second in
      if first == second || (first.isNaN && second.isNaN) { return 0 }
      let difference = abs(first - second)
      return difference.isNaN ? .infinity : difference
    }.max() ?? 0
  }

  private static func percent(_ share: Float) -> String {
    guard share.isFinite, share < 1000 else { return "far more than 100 %" }
    return share >= 0.1 ? "\(Int((share * 100).rounded())) %" : "\((share * 10_000).rounded() / 100) %"
  }

  private func advice(_ comparison: Comparison) -> String {
    if comparison.isAboutBatches,
      let cause = classifier.flow.batchDependence(before: [classifier.head.logits])
    {
      return "the probable cause is \(cause.title), \(cause.reason)"
    }
    return comparison.advice
  }
}

extension SoundnessJudge.Comparison {
  fileprivate var ways: String {
    switch self {
    case .repetition: "from run to run"
    case .neighbours: "between a batch with this image alone and a batch with other images"
    case .threads: "between one thread and several"
    case .engines(let first, let second): "between \(first) and \(second)"
    case .device(let device): "between \(device) and the processor"
    }
  }

  fileprivate var isAboutBatches: Bool {
    switch self {
    case .repetition, .neighbours: true
    case .threads, .engines, .device: false
    }
  }

  fileprivate var advice: String {
    switch self {
    case .repetition, .threads:
      "the engine does not compute this network reliably: take the network before quantisation or conversion"
    case .neighbours:
      "scores would depend on an image's neighbours: export the network with model.eval(), so that it computes each image "
        + "by itself"
    case .engines: "make all parts with one engine"
    case .device: "the device computes with lower precision, which changes scores: name another device"
    }
  }
}

extension FitSetup {
  /// How far values may be apart, as a share of their spread. It is 1e-4, far more than other orders of
  /// summation cause. If values are rounded on the way, it is larger, because one rounding step changes
  /// everything after it.
  var soundnessTolerance: Float {
    let graph = classifier.model.graph
    if options.run.precision == .bf16 { return 0.03 }
    if graph.nodes.contains(where: { $0.op == "QuantizeLinear" || $0.takesScaleFromBatch }) { return 0.02 }
    return graph.hasOtherPrecision ? 0.005 : 1e-4
  }
}
