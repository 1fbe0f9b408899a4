/// Families of ONNX operators, by what they do to the data that flows through them.
package enum Operators {
  /// What comes out of these describes a tensor and is no image data.
  package static let shapeOf: Set = ["Shape", "Size"]
  /// Only the first input of these carries data; the rest are shapes, indices, bounds or types.
  static let firstInputOnly: Set = [
    "Reshape", "Expand", "Tile", "Slice", "Squeeze", "Unsqueeze", "Pad", "Resize", "Upsample", "TopK",
    "Split", "Gather", "Clip", "CastLike",
  ]
  /// What comes out of these is no tensor but a sequence of tensors.
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
  /// These leave the values as they are.
  package static let passThrough: Set = [
    "Identity", "Dropout", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear",
  ]
  package static let arithmetic: Set = [
    "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Neg", "Abs", "Exp", "Log", "Reciprocal", "Max", "Min",
    "Erf", "Where",
  ]
  package static let layout: Set = ["Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze"]
  package static let convolution: Set = ["Conv", "ConvTranspose", "FusedConv", "ConvInteger"]
  package static let matrixProduct: Set = ["MatMul", "Gemm", "FusedMatMul", "MatMulInteger"]
  package static let attention: Set = ["Attention", "MultiHeadAttention", "Einsum"]
  package static let pooling: Set = [
    "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool", "GlobalLpPool",
  ]
  package static let outputActivation: Set = ["Softmax", "LogSoftmax", "Sigmoid"]
}

extension Node {
  /// The outputs that carry data: not scale and zero point that dynamic quantisation finds.
  var dataOutputs: [String] {
    (op == "DynamicQuantizeLinear" ? Array(outputs.prefix(1)) : outputs).filter { !$0.isEmpty }
  }

  /// The inputs that carry data: not shapes, indices, axes or bounds.
  package var dataInputs: [String] {
    if Operators.firstInputOnly.contains(op) || op.hasPrefix("Reduce") {
      return inputs.prefix(1).filter { !$0.isEmpty }
    }
    return inputs.filter { !$0.isEmpty } + captured
  }
}
