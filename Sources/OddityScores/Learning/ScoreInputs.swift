import ONNXGraph

/// What a fitted score is computed from: the tensors of its taps.
///
/// The same expressions go into a guarded model, behind the classifier, and into a small graph over measured taps.
package struct ScoreInputs {
  /// C
  let classes: Int
  /// What the logits stand for.
  let form: LogitForm
  /// Tensors of a classifier's graph, or of measured rows.
  private var tensors: [Tap: Tensor]
  /// What replaced them, within a composed score.
  private(set) var replacement: NormReplacement?

  package init(_ tensors: [Tap: Tensor], classes: Int, form: LogitForm = .softmax) {
    (self.tensors, self.classes, self.form) = (tensors, classes, form)
  }

  /// The tensor of a tap that the score said it needs, [N, width].
  subscript(tap: Tap) -> Tensor {
    guard let tensor = tensors[tap] else { preconditionFailure("a score taps only what it said it would") }
    return tensor
  }

  /// z, [N, D].
  var features: Tensor { self[.features] }
  /// l, [N, C].
  var logits: Tensor { self[.logits] }

  /// The same with other features and logits in place of the classifier's.
  ///
  /// - Parameter replacement: what replaced the features, for scores that see those of other images too.
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

/// What most scores are made of.
extension ScoreInputs {
  /// `logsumexp(l)` by rows, float32 [N]; of labels that are there or not the joint energy, `Σ softplus(l_c)` (Wang et al.,
  /// NeurIPS 2021).
  func energy(_ logits: Tensor) -> Tensor {
    form == .multiLabel ? logits.softplus().sum(axis: 1) : logits.logSumExp(axes: [1]).flattened()
  }

  /// Whether each class is the predicted one, of equals the first; bool [N, C].
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
  /// `softplus(max(logsumexp(l), −40))`, [N]: energy where a product needs it positive. Joint energy is positive as it is.
  var positiveEnergy: Tensor { positiveEnergy(logits) }

  func positiveEnergy(_ logits: Tensor) -> Tensor {
    form == .multiLabel ? energy(logits) : energy(logits).atLeast(EnergyValue.least).softplus()
  }

  /// z less the mean of the predicted class, [N, D].
  func fromMeanOfPredictedClass(_ means: [[Double]]) -> Tensor { features - rowOfPredictedClass(means) }
}
