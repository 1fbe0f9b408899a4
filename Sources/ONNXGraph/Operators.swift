/// Families of ONNX operators, by what they do to the data.
package enum Operators {
  /// The outputs of these describe a tensor and are not image data.
  package static let shapeOf: Set = ["Shape", "Size"]
  /// Only the first input of these carries data. The others are shapes, indices, bounds or types.
  static let firstInputOnly: Set = [
    "Reshape", "Expand", "Tile", "Slice", "Squeeze", "Unsqueeze", "Pad", "Resize", "Upsample", "TopK",
    "Split", "Gather", "Clip", "CastLike",
  ]
  /// The outputs of these are sequences of tensors.
  package static let sequence: Set = [
    "SplitToSequence", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceMap",
  ]
  static let constantPassThrough: Set = ["Identity", "Cast", "Transpose", "DequantizeLinear"]

  package static let activation: Set = [
    "Relu", "LeakyRelu", "PRelu", "ThresholdedRelu", "Clip", "HardSwish", "HardSigmoid", "Sigmoid", "Tanh",
    "Elu", "Selu", "Celu", "Gelu", "Softplus", "Softsign", "Mish", "Swish",
  ]
  package static let normalisation: Set = [
    "BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization",
    "LpNormalization", "LRN", "MeanVarianceNormalization", "RMSNormalization",
    "SimplifiedLayerNormalization",
  ]
  /// These do not change values.
  package static let passThrough: Set = [
    "Identity", "Dropout", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear",
  ]
  package static let arithmetic: Set = [
    "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Neg", "Abs", "Exp", "Log", "Reciprocal", "Max", "Min",
    "Erf", "Where",
  ]
  /// The results of these may be non-finite for finite inputs.
  static let partial: Set = [
    "Div", "Pow", "Sqrt", "Log", "Reciprocal", "Acos", "Acosh", "Asin", "Atanh", "Mod", "LpNormalization",
  ]
  /// These may hide a value that is not a number, because they take the larger of two values, or test a sign
  /// first.
  package static let hiding = activation.union([
    "MaxPool", "GlobalMaxPool", "Max", "Min", "ReduceMax", "ReduceMin", "Sign",
  ])
  package static let layout: Set = ["Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze"]
  package static let convolution: Set = ["Conv", "ConvTranspose", "FusedConv", "ConvInteger"]
  package static let matrixProduct: Set = ["MatMul", "Gemm", "FusedMatMul", "MatMulInteger"]
  package static let attention: Set = ["Attention", "MultiHeadAttention", "Einsum"]
  package static let pooling: Set = [
    "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool", "GlobalLpPool",
  ]
  package static let outputActivation: Set = ["Softmax", "LogSoftmax", "Sigmoid"]
}

extension Operators {
  /// A family in the form in which `docs/architectures.md` lists it.
  package struct Family: Sendable {
    package let name: String
    package let operators: Set<String>
    /// How a node of the family is interpreted.
    package let role: String
  }

  package static let families = [
    Family(
      name: "convolutions", operators: convolution,
      role:
        "layers: constant weights mix positions, channels or both, as kernel, stride and group say; a head may end in a Conv"
    ),
    Family(
      name: "products", operators: matrixProduct,
      role: "layers: with a constant they mix channels, else positions; a head may end in one"),
    Family(name: "attention", operators: attention, role: "layers that mix positions"),
    Family(name: "activations", operators: activation, role: "belong to the block in front of them"),
    Family(
      name: "normalisations", operators: normalisation,
      role: "belong to the block in front of them, unless it is residual"),
    Family(name: "arithmetic", operators: arithmetic, role: "on one feature map as normalisations"),
    Family(
      name: "pooling", operators: pooling,
      role: "ends a block; an average over positions in front of the head makes the pooled map"),
    Family(
      name: "layout", operators: layout,
      role: "changes no value: a head is looked for beyond it, and the end of a block beyond a Transpose"),
    Family(name: "copies", operators: passThrough, role: "as if they were not there"),
    Family(
      name: "output activations", operators: outputActivation,
      role: "make probabilities of logits, which are what they take; written out in several nodes too"),
    Family(
      name: "shapes", operators: shapeOf, role: "what they give describes a tensor and carries no image"),
  ]
}

extension Node {
  /// The outputs that carry data, without the scale and zero point of dynamic quantisation.
  var dataOutputs: [String] {
    (op == "DynamicQuantizeLinear" ? Array(outputs.prefix(1)) : outputs).filter { !$0.isEmpty }
  }

  /// The inputs that carry data, without shapes, indices, axes or bounds.
  package var dataInputs: [String] {
    if Operators.firstInputOnly.contains(op) || op.hasPrefix("Reduce") {
      return inputs.prefix(1).filter { !$0.isEmpty }
    }
    return inputs.filter { !$0.isEmpty } + captured
  }
}
