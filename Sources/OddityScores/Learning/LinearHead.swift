import Foundation
import OddityClassifier
import ONNXGraph
import Engines

/// A classifier's last layer, `l = Wz + b`.
package struct LinearHead: Sendable {
  /// C
  let classes: Int
  /// D
  let features: Int
  /// W row after row, [C, D].
  let weights: [Float]
  /// b, [C].
  let bias: [Float]
  /// The constant of the classifier that holds W; nil if none is known.
  private let stored: StoredWeights?

  /// A constant that holds W.
  private struct StoredWeights {
    let name: String
    /// Whether it is [C, D] instead of [D, C].
    let isByClass: Bool
  }

  init(classes: Int, features: Int, weights: [Float], bias: [Float]) {
    self.init(classes: classes, features: features, weights: weights, bias: bias, stored: nil)
  }

  private init(classes: Int, features: Int, weights: [Float], bias: [Float], stored: StoredWeights?) {
    precondition(weights.count == classes * features && bias.count == classes, "W is [C, D], b is [C]")
    (self.classes, self.features, self.weights, self.bias) = (classes, features, weights, bias)
    self.stored = stored
  }

  /// w_c, [D].
  func row(_ index: Int) -> ArraySlice<Float> { weights[index * features..<(index + 1) * features] }

  /// `Wz + b` for rows z [N, D]: [N, C].
  func logits(of z: Tensor) -> Tensor { z.matmul(transposedWeights) + Tensor(bias, dims: [1, classes]) }

  /// Wᵀ, [D, C].
  private var transposedWeights: Tensor { isStoredByClass ? constant.transposed([1, 0]) : constant }

  /// W, [C, D].
  private var weightsByClass: Tensor { isStoredByClass ? constant : constant.transposed([1, 0]) }

  private var isStoredByClass: Bool { stored?.isByClass ?? false }

  /// W as the constant of the classifier, so that the file does not hold it twice; [D, C] if no constant is
  /// known to hold it.
  private var constant: Tensor {
    let values = isStoredByClass ? weights : weights.transposed(rows: classes)
    let dims = isStoredByClass ? [classes, features] : [features, classes]
    return stored.map { Tensor(values, dims: dims, knownAs: $0.name) } ?? Tensor(values, dims: dims)
  }

  /// `Wᵀv` for rows v [N, C]: [N, D].
  package func pulledBack(_ rows: Tensor) -> Tensor { rows.matmul(weightsByClass) }

  /// `Wz + b` in double precision.
  func logits(of z: some Collection<Float>) -> [Float] {
    let z = Array(z)
    precondition(z.count == features, "z is [D]")
    return weights.withUnsafeBufferPointer { weights in
      z.withUnsafeBufferPointer { z in
        (0..<classes).map { index in
          let row = UnsafeBufferPointer(rebasing: weights[index * features..<(index + 1) * features])
          return Float(Double(bias[index]) + Self.product(row, z))
        }
      }
    }
  }

  /// The dot product of two rows of equal length, eight products at a time, because a fit computes it for
  /// thousands of rows.
  private static func product(_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>)
    -> Double
  {
    var sums = SIMD8<Double>.zero
    let whole = first.count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      func eight(_ values: UnsafeBufferPointer<Float>) -> SIMD8<Double> {
        SIMD8<Double>(SIMD8<Float>(values[start..<start + 8]))
      }
      sums += eight(first) * eight(second)
    }
    return (whole..<first.count).reduce(sums.sum()) { $0 + Double(first[$1]) * Double(second[$1]) }
  }
}

extension LinearHead {
  /// Measures W and b of a classifier by running its last layer: z = 0 gives b, and s times the d-th unit
  /// vector gives `s·w_d + b`.
  ///
  /// It therefore does not matter how the file stores them: transposed, cast, quantised, as a 1×1
  /// convolution, or with the bias in a separate node. s is a large power of two, so that b does not cost W
  /// any digits.
  ///
  /// - Throws: ``OddityError`` `.badModel` if the layer is not linear in its features; the engine's errors.
  package init(of classifier: Classifier, engine: Engine) async throws {
    guard classifier.head.isLinear, let input = classifier.features else {
      throw OddityError.noLinearHead(classifier)
    }
    let layer = try await Layer(classifier, features: input, engine: engine)
    let features = input.count
    let bias = try await layer.answers([Array(repeating: 0, count: features)])[0]
    var weights = Array(repeating: Float.zero, count: classifier.classes * features)
    for start in stride(from: 0, to: features, by: Layer.batch) {
      let block = start..<min(start + Layer.batch, features)
      let units = block.map { index in (0..<features).map { $0 == index ? Layer.scale : 0 } }
      for (feature, answer) in zip(block, try await layer.answers(units)) {
        for (index, value) in answer.enumerated() {
          weights[index * features + feature] = (value - bias[index]) / Layer.scale
        }
      }
    }
    let known = try Self.stored(weights, classes: classifier.classes, in: classifier)
    self.init(
      classes: classifier.classes, features: features, weights: known?.values ?? weights, bias: bias,
      stored: known?.place)
    try await check(layer, of: classifier)
  }

  /// The constant that the layer reads and that holds W, if there is one, with its exact values.
  ///
  /// - Parameter answered: W as measured from the layer's answers.
  private static func stored(
    _ answered: [Float], classes: Int, in classifier: Classifier
  ) throws -> (place: StoredWeights, values: [Float])? {
    let features = answered.count / classes
    let tolerance = 1e-5 * (answered.map(abs).max() ?? 0)
    for name in classifier.layerInputs {
      guard let dims = classifier.model.graph.initializers[name]?.dims, dims.count == 2,
        dims.sorted() == [classes, features].sorted(),
        let values = try classifier.model.floats(ofConstant: name)
      else { continue }
      for isByClass in [true, false] where dims == (isByClass ? [classes, features] : [features, classes]) {
        let rows = isByClass ? values : values.transposed(rows: features)
        if zip(rows, answered).allSatisfy({ abs($0 - $1) <= tolerance }) {
          return (StoredWeights(name: name, isByClass: isByClass), rows)
        }
      }
    }
    return nil
  }

  /// Checks a mixture of features, in which a clipping or an activation after the layer would show.
  private func check(_ layer: Layer, of classifier: Classifier) async throws {
    var generator = SplitMix64(seed: 1)
    let probe = (0..<features).map { _ in Float(generator.nextUnit() - 0.5) }
    let answer = try await layer.answers([probe])[0]
    let expected = logits(of: probe)
    let size = expected.map(abs).max() ?? 1
    guard zip(answer, expected).allSatisfy({ abs($0 - $1) <= 1e-2 * max(size, 1e-3) }) else {
      throw OddityError.noLinearHead(classifier)
    }
  }
}

/// The classifier's last layer as a separate network.
private struct Layer {
  static let batch = 64
  static let scale: Float = 1024

  private let model: CompiledModel
  private let features: PenultimateFeatures
  private let logits: String
  private let classes: Int

  init(_ classifier: Classifier, features: PenultimateFeatures, engine: Engine) async throws {
    self.features = features
    // In a quantised network, rounding after the layer is not a part of it.
    logits = classifier.flow.source(of: classifier.head.logits)
    classes = classifier.classes
    let cut = try classifier.engineModel.cut(
      from: features.tensor, type: features.type, shape: [nil] + features.dims.map { $0 }, to: logits)
    model = try engine.compile(cut.bytes, of: cut, options: EngineOptions())
  }

  /// The layer's input for a row of features. For a map that is averaged, all positions have the same values.
  private func sample(_ row: [Float]) -> [Float] {
    guard !features.averagedAxes.isEmpty else { return row }
    let positions = features.dims.reduce(1, *) / features.count
    if features.averagedAxes.contains(1) { return (0..<positions).flatMap { _ in row } }
    return row.flatMap { Array(repeating: $0, count: positions) }
  }

  /// The logits of each row of features.
  func answers(_ rows: [[Float]]) async throws -> [[Float]] {
    let tensors = try await model.infer(
      rows.flatMap(sample), shape: [rows.count] + features.dims, outputs: [logits])
    let values = try tensors.floats(logits)
    return (0..<rows.count).map { Array(values[$0 * classes..<($0 + 1) * classes]) }
  }
}

extension [Float] {
  /// The transposed matrix, row after row, if these values are a matrix with this number of rows.
  fileprivate func transposed(rows: Int) -> [Float] {
    let columns = count / rows
    return (0..<columns).flatMap { column in (0..<rows).map { self[$0 * columns + column] } }
  }
}
