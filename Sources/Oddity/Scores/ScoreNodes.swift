import ONNXGraph

/// What a fitted score appends its nodes to: the graph so far, and the tensors of the taps in it.
///
/// The same nodes go into a guarded model, behind the classifier, and into a small graph over measured taps.
struct ScoreNodes {
  var appendix: Appendix
  let classes: Int
  /// What the logits stand for.
  let form: LogitForm
  /// The linear head; `nil` where the classifier has none, or no score needs it.
  let head: LinearHead?
  private let source: TapSource
  /// The tensors of taps that take the place of the classifier's own.
  private var replaced: [Tap: String] = [:]
  /// What replaced them, within a composed score.
  private(set) var replacement: NormReplacement?

  init(
    _ appendix: Appendix, taps source: TapSource, classes: Int, form: LogitForm = .softmax, head: LinearHead?
  ) {
    (self.appendix, self.source, self.classes, self.head) = (appendix, source, classes, head)
    self.form = form
  }

  /// The tensor of a tap that the score said it needs, [N, width].
  mutating func tensor(of tap: Tap) -> String {
    replaced[tap] ?? source.append(tap, to: &appendix)
  }

  /// z, [N, D].
  var features: String { mutating get { tensor(of: .features) } }
  /// l, [N, C].
  var logits: String { mutating get { tensor(of: .logits) } }

  /// Appends with other features and logits in place of the classifier's.
  ///
  /// - Parameter replacement: what replaced the features, for scores that see those of other images too.
  mutating func replacing(
    features: String?, logits: String, by replacement: NormReplacement? = nil,
    _ append: (inout ScoreNodes) -> String
  ) -> String {
    let outer = (replaced, self.replacement)
    if let features { replaced[.features] = features }
    replaced[.logits] = logits
    self.replacement = replacement ?? self.replacement
    defer { (replaced, self.replacement) = outer }
    return append(&self)
  }
}

/// Where taps come from.
enum TapSource {
  /// Tensors of a classifier's graph.
  case tensors([Tap: String])
  /// Measured rows: a tensor [N, width] that holds them by a layout.
  case rows(String, TapLayout)

  fileprivate func append(_ tap: Tap, to appendix: inout Appendix) -> String {
    switch self {
    case .tensors(let known):
      guard let tensor = known[tap] else { preconditionFailure("a score taps only what it said it would") }
      return tensor
    case .rows(let tensor, let layout):
      guard let range = layout.range(of: tap) else {
        preconditionFailure("a score taps only what it said it would")
      }
      return appendix.columns(range, of: tensor)
    }
  }
}

/// What most scores are made of.
extension ScoreNodes {
  /// `logsumexp(l)` by rows, float32 [N]; of labels that are there or not the joint energy, `Σ softplus(l_c)` (Wang et al.,
  /// NeurIPS 2021).
  mutating func energy(_ logits: String) -> String {
    if form == .multiLabel { return appendix.reduce(.sum, appendix.softplus(logits), axes: [1]) }
    return appendix.reshape(appendix.logSumExp(logits), to: [-1])
  }

  /// `Wz + b` for rows z [N, D]: [N, C].
  mutating func logits(ofFeatures features: String) -> String {
    guard let head else {
      preconditionFailure("scores of classifiers without a linear head are refused first")
    }
    return logits(ofFeatures: features, by: head)
  }

  /// The same by another layer.
  mutating func logits(ofFeatures features: String, by head: LinearHead) -> String {
    let weights = appendix.constant(head.transposedWeights, dims: [head.features, head.classes])
    let product = appendix.add("MatMul", [features, weights])
    return appendix.add("Add", [product, appendix.constant(head.bias, dims: [1, head.classes])])
  }

  /// ŷ, the index of the largest logit and the first of equals, int64 [N].
  mutating func predictedClass() -> String {
    let logits = logits
    return appendix.add("ArgMax", [logits], ["axis": .int(1), "keepdims": .int(0)])
  }

  /// Whether each class is the predicted one, bool [N, C].
  mutating func isPredicted() -> String {
    let logits = logits
    let predicted = appendix.add("ArgMax", [logits], ["axis": .int(1), "keepdims": .int(1)])
    let all = appendix.constant((0..<Int64(classes)).map { $0 }, dims: [1, classes])
    return appendix.add("Equal", [all, predicted])
  }

  /// A row of a table [C, M] for each image, by its predicted class: [N, M].
  mutating func rowOfPredictedClass(_ table: [Float], width: Int) -> String {
    let rows = appendix.constant(table, dims: [table.count / width, width])
    let predicted = predictedClass()
    return appendix.add("Gather", [rows, predicted], ["axis": .int(0)])
  }

  /// A number as a constant that broadcasts over [N, M].
  mutating func number(_ value: Double) -> String { appendix.constant([Float(value)], dims: [1, 1]) }
}

extension Appendix {
  /// `log Σ exp` over axis 1, [N, 1], shifted by the maximum so that nothing overflows.
  mutating func logSumExp(_ tensor: String) -> String {
    let largest = reduce(.max, tensor, axes: [1], keep: true)
    let sum = reduce(.sum, add("Exp", [add("Sub", [tensor, largest])]), axes: [1], keep: true)
    return add("Add", [add("Log", [sum]), largest])
  }
}

extension Appendix {
  /// Columns of a tensor [N, width].
  mutating func columns(_ range: Range<Int>, of tensor: String) -> String {
    add(
      "Slice",
      [
        tensor, constant([Int64(range.lowerBound)], dims: [1]),
        constant([Int64(range.upperBound)], dims: [1]),
        constant([Int64(1)], dims: [1]),
      ])
  }
}
