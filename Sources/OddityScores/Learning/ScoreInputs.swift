import ONNXGraph

/// The tensors from which a fitted score is computed.
///
/// The same expressions are used in a guarded model, after the classifier, and in a small graph over measured
/// taps.
package struct ScoreInputs {
  /// C
  let classes: Int
  /// The meaning of the logits.
  let form: LogitForm
  /// Tensors of a classifier's graph, or of measured rows.
  private var tensors: [Tap: Tensor]
  /// The replacement of features within a composed score.
  private(set) var replacement: NormReplacement?

  package init(_ tensors: [Tap: Tensor], classes: Int, form: LogitForm = .softmax) {
    (self.tensors, self.classes, self.form) = (tensors, classes, form)
  }

  /// The tensor of a tap that the score has declared, [N, width].
  subscript(tap: Tap) -> Tensor {
    guard let tensor = tensors[tap] else { preconditionFailure("a score taps only what it said it would") }
    return tensor
  }

  /// z, [N, D].
  var features: Tensor { self[.features] }
  /// l, [N, C].
  var logits: Tensor { self[.logits] }

  /// The same with other features and logits.
  ///
  /// - Parameter replacement: the replacement of the features, for scores that also read features of other
  ///   images.
  func replacing(
    features: Tensor? = nil, logits: Tensor, by replacement: NormReplacement? = nil
  ) -> ScoreInputs {
    var inputs = self
    if let features { inputs.tensors[.features] = features }
    inputs.tensors[.logits] = logits
    if let replacement { inputs.replacement = replacement }
    return inputs
  }
}

/// Building blocks of scores.
extension ScoreInputs {
  /// `logsumexp(l)` of each row, float32 [N]; for independent labels the joint energy, `Σ softplus(l_c)`
  /// (Wang et al., NeurIPS 2021).
  func energy(_ logits: Tensor) -> Tensor {
    form == .multiLabel ? logits.softplus().sum(axis: 1) : logits.logSumExp(axes: [1]).flattened()
  }

  /// Whether each class is the predicted one, or the first of equal ones; bool [N, C].
  var isPredicted: Tensor { logits.isLargest(of: classes) }

  /// A row of a table [C, M] for each image, by its predicted class: [N, M].
  func rowOfPredictedClass(_ table: [Float], width: Int) -> Tensor {
    Tensor(table, dims: [table.count / width, width]).rows(at: logits.argMax(axis: 1))
  }

  func rowOfPredictedClass(_ table: [[Double]]) -> Tensor {
    rowOfPredictedClass(table.flatMap { $0.map { Float($0) } }, width: table[0].count)
  }
}

extension ScoreInputs {
  /// `softplus(max(logsumexp(l), −40))`, [N]: a positive energy for products. The joint energy is already
  /// positive.
  var positiveEnergy: Tensor { positiveEnergy(logits) }

  func positiveEnergy(_ logits: Tensor) -> Tensor {
    form == .multiLabel ? energy(logits) : energy(logits).atLeast(EnergyValue.least).softplus()
  }

  /// z minus the mean of the predicted class, [N, D].
  func fromMeanOfPredictedClass(_ means: [[Double]]) -> Tensor { features - rowOfPredictedClass(means) }
}
