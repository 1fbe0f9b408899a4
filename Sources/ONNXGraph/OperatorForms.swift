import ONNXProto

/// Whether nodes have the form that ONNX gives their operators. OpenVINO passes over attributes and inputs that an operator does
/// not have: it would make another network of a file with a misspelt `strides`, of which ONNX Runtime makes none.
extension Onnx_GraphProto {
  /// - Parameter opset: the version of the standard operator set, at least ``Model/oldestOpset``.
  /// - Throws: ``GraphError`` `.invalidGraph` naming the node and what its operator does not have.
  func checkForms(opset: Int) throws(GraphError) {
    // Later sets may have given operators more.
    guard opset <= OperatorForm.newestOpset else { return }
    for node in node where node.domain.isStandard { try node.checkForm() }
  }
}

extension Onnx_NodeProto {
  fileprivate func checkForm() throws(GraphError) {
    guard let form = OperatorForm.all[opType] else { return }
    let title = "the \(opType) that writes '\(output.first { !$0.isEmpty } ?? "")'"
    // ONNX leaves names that begin with two underscores to programs.
    if let strange = attribute.first(where: { !form.attributes.contains($0.name) && !$0.name.hasPrefix("__") }
    ) {
      throw GraphError(
        .invalidGraph,
        "\(title) has an attribute '\(strange.name)', which this operator does not have: export the model again"
      )
    }
    if let most = form.inputs, input.count > most {
      throw GraphError(
        .invalidGraph,
        "\(title) has \(input.count) inputs in place of at most \(most): export the model again")
    }
    if let group = attribute.first(where: { $0.name == "group" }), group.i < 1 {
      throw GraphError(.invalidGraph, "\(title) has \(group.i) groups: export the model again")
    }
  }
}

/// What an operator has in any of the standard sets from 11 on.
private struct OperatorForm {
  /// How many at most; `nil` for any number.
  let inputs: Int?
  let attributes: Set<String>

  static let newestOpset = 28

  static let all: [String: OperatorForm] = Dictionary(
    first: table.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      return (words[0], OperatorForm(inputs: Int(words[1]), attributes: Set(words[2...])))
    })

  /// Name, number of inputs, attributes. Of `onnx.defs.get_all_schemas_with_history()`, onnx 1.23.2.
  private static let table = """
    Abs 1
    Acos 1
    Acosh 1
    Add 2
    AffineGrid 2 align_corners
    And 2
    ArgMax 1 axis keepdims select_last_index
    ArgMin 1 axis keepdims select_last_index
    Asin 1
    Asinh 1
    Atan 1
    Atanh 1
    Attention 7 is_causal kv_num_heads left_window_size q_num_heads qk_matmul_output_mode right_window_size scale softcap \
      softmax_precision
    AveragePool 1 auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides
    BatchNormalization 5 epsilon momentum training_mode
    Bernoulli 1 dtype seed
    BitCast 1 to
    BitShift 2 direction
    BitwiseAnd 2
    BitwiseNot 1
    BitwiseOr 2
    BitwiseXor 2
    BlackmanWindow 1 output_datatype periodic
    Cast 1 round_mode saturate to
    CastLike 2 round_mode saturate
    CausalConvWithState 4 activation
    Ceil 1
    Celu 1 alpha
    CenterCropPad 2 axes
    Clip 3
    Col2Im 3 dilations pads strides
    Compress 2 axis
    Concat * axis
    ConcatFromSequence 1 axis new_axis
    Constant 0 sparse_value value value_float value_floats value_int value_ints value_string value_strings
    ConstantOfShape 1 value
    Conv 3 auto_pad dilations group kernel_shape pads strides
    ConvInteger 4 auto_pad dilations group kernel_shape pads strides
    ConvTranspose 3 auto_pad dilations group kernel_shape output_padding output_shape pads strides
    Cos 1
    Cosh 1
    CumProd 2 exclusive reverse
    CumSum 2 exclusive reverse
    DFT 3 axis inverse onesided
    DeformConv 5 dilations group kernel_shape offset_group pads strides
    DepthToSpace 1 blocksize mode
    DequantizeLinear 3 axis block_size output_dtype
    Det 1
    Div 2
    Dropout 3 ratio seed
    DynamicQuantizeLinear 1
    Einsum * equation
    Elu 1 alpha
    Equal 2
    Erf 1
    Exp 1
    Expand 2
    EyeLike 1 dtype k
    Flatten 1 axis
    Floor 1
    GRU 6 activation_alpha activation_beta activations clip direction hidden_size layout linear_before_reset
    Gather 2 axis
    GatherElements 2 axis
    GatherND 2 batch_dims
    Gelu 1 approximate
    Gemm 3 alpha beta transA transB
    GlobalAveragePool 1
    GlobalLpPool 1 p
    GlobalMaxPool 1
    Greater 2
    GreaterOrEqual 2
    GridSample 2 align_corners mode padding_mode
    GroupNormalization 3 epsilon num_groups stash_type
    HammingWindow 1 output_datatype periodic
    HannWindow 1 output_datatype periodic
    HardSigmoid 1 alpha beta
    HardSwish 1
    Hardmax 1 axis
    Identity 1
    If 1 else_branch then_branch
    ImageDecoder 1 pixel_format
    InstanceNormalization 3 epsilon
    IsInf 1 detect_negative detect_positive
    IsNaN 1
    LRN 1 alpha beta bias size
    LSTM 8 activation_alpha activation_beta activations clip direction hidden_size input_forget layout
    LayerNormalization 3 axis epsilon stash_type
    LeakyRelu 1 alpha
    Less 2
    LessOrEqual 2
    LinearAttention 6 chunk_size kv_num_heads q_num_heads scale update_rule
    Log 1
    LogSoftmax 1 axis
    Loop * body
    LpNormalization 1 axis p
    LpPool 1 auto_pad ceil_mode dilations kernel_shape p pads strides
    MatMul 2
    MatMulInteger 4
    Max *
    MaxPool 1 auto_pad ceil_mode dilations kernel_shape pads storage_order strides
    MaxRoiPool 2 pooled_shape spatial_scale
    MaxUnpool 3 kernel_shape pads strides
    Mean *
    MeanVarianceNormalization 1 axes
    MelWeightMatrix 5 output_datatype
    Min *
    Mish 1
    Mod 2 fmod
    Mul 2
    Multinomial 1 dtype sample_size seed
    Neg 1
    NegativeLogLikelihoodLoss 3 ignore_index reduction
    NonMaxSuppression 5 center_point_box
    NonZero 1
    Not 1
    OneHot 3 axis
    Optional 1 type
    OptionalGetElement 1
    OptionalHasElement 1
    Or 2
    PRelu 2
    Pad 4 mode
    Pow 2
    QLinearConv 9 auto_pad dilations group kernel_shape pads strides
    QLinearMatMul 8
    QuantizeLinear 3 axis block_size output_dtype precision saturate
    RMSNormalization 2 axis epsilon stash_type
    RNN 6 activation_alpha activation_beta activations clip direction hidden_size layout
    RandomNormal 0 dtype mean scale seed shape
    RandomNormalLike 1 dtype mean scale seed
    RandomUniform 0 dtype high low seed shape
    RandomUniformLike 1 dtype high low seed
    Range 3 stash_type
    Reciprocal 1
    ReduceL1 2 axes keepdims noop_with_empty_axes
    ReduceL2 2 axes keepdims noop_with_empty_axes
    ReduceLogSum 2 axes keepdims noop_with_empty_axes
    ReduceLogSumExp 2 axes keepdims noop_with_empty_axes
    ReduceMax 2 axes keepdims noop_with_empty_axes
    ReduceMean 2 axes keepdims noop_with_empty_axes
    ReduceMin 2 axes keepdims noop_with_empty_axes
    ReduceProd 2 axes keepdims noop_with_empty_axes
    ReduceSum 2 axes keepdims noop_with_empty_axes
    ReduceSumSquare 2 axes keepdims noop_with_empty_axes
    RegexFullMatch 1 pattern
    Relu 1
    Reshape 2 allowzero
    Resize 4 antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value \
      keep_aspect_ratio_policy mode nearest_mode
    ReverseSequence 2 batch_axis time_axis
    RoiAlign 3 coordinate_transformation_mode mode output_height output_width sampling_ratio spatial_scale
    RotaryEmbedding 4 interleaved num_heads rotary_embedding_dim
    Round 1
    STFT 4 onesided
    Scan * body num_scan_inputs scan_input_axes scan_input_directions scan_output_axes scan_output_directions
    ScatterElements 3 axis reduction
    ScatterND 3 reduction
    Selu 1 alpha gamma
    SequenceAt 2
    SequenceConstruct *
    SequenceEmpty 0 dtype
    SequenceErase 2
    SequenceInsert 3
    SequenceLength 1
    SequenceMap * body
    Shape 1 end start
    Shrink 1 bias lambd
    Sigmoid 1
    Sign 1
    Sin 1
    Sinh 1
    Size 1
    Slice 5
    Softmax 1 axis
    SoftmaxCrossEntropyLoss 3 ignore_index reduction
    Softplus 1
    Softsign 1
    SpaceToDepth 1 blocksize mode
    Split 2 axis num_outputs split
    SplitToSequence 2 axis keepdims
    Sqrt 1
    Squeeze 2 axes
    StringConcat 2
    StringNormalizer 1 case_change_action is_case_sensitive locale stopwords
    StringSplit 1 delimiter maxsplit
    Sub 2
    Sum *
    SwiGLU 2 alpha
    Swish 1 alpha
    Tan 1
    Tanh 1
    TensorScatter 3 axis mode
    TfIdfVectorizer 1 max_gram_length max_skip_count min_gram_length mode ngram_counts ngram_indexes pool_int64s \
      pool_strings weights
    ThresholdedRelu 1 alpha
    Tile 2
    TopK 2 axis largest sorted
    Transpose 1 perm
    Trilu 2 upper
    Unique 1 axis sorted
    Unsqueeze 2 axes
    Where 3
    Xor 2
    """
}
