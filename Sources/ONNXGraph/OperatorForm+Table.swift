extension OperatorForm {
  /// The output of `Tests/Reference/operator_forms.py` for onnx 1.23.2: the operator, the first set with this
  /// form, the number of inputs, and the attributes with their types. An attribute with "!" is required.
  static let table = """
    Abs 11 1-1
    Acos 11 1-1
    Acosh 11 1-1
    Add 11 2-2
    AffineGrid 20 2-2 align_corners:i
    And 11 2-2
    ArgMax 11 1-1 axis:i keepdims:i
    ArgMax 12 1-1 axis:i keepdims:i select_last_index:i
    ArgMin 11 1-1 axis:i keepdims:i
    ArgMin 12 1-1 axis:i keepdims:i select_last_index:i
    Asin 11 1-1
    Asinh 11 1-1
    Atan 11 1-1
    Atanh 11 1-1
    Attention 23 3-6 is_causal:i kv_num_heads:i q_num_heads:i qk_matmul_output_mode:i scale:f softcap:f softmax_precision:i
    Attention 24 3-7 is_causal:i kv_num_heads:i q_num_heads:i qk_matmul_output_mode:i scale:f softcap:f softmax_precision:i
    Attention 25 3-7 is_causal:i kv_num_heads:i left_window_size:i q_num_heads:i qk_matmul_output_mode:i right_window_size:i \
      scale:f softcap:f softmax_precision:i
    AveragePool 11 1-1 auto_pad:s ceil_mode:i count_include_pad:i kernel_shape:I! pads:I strides:I
    AveragePool 19 1-1 auto_pad:s ceil_mode:i count_include_pad:i dilations:I kernel_shape:I! pads:I strides:I
    BatchNormalization 11 5-5 epsilon:f momentum:f
    BatchNormalization 14 5-5 epsilon:f momentum:f training_mode:i
    Bernoulli 15 1-1 dtype:i seed:f
    BitCast 26 1-1 to:i!
    BitShift 11 2-2 direction:s!
    BitwiseAnd 18 2-2
    BitwiseNot 18 1-1
    BitwiseOr 18 2-2
    BitwiseXor 18 2-2
    BlackmanWindow 17 1-1 output_datatype:i periodic:i
    Cast 11 1-1 to:i!
    Cast 19 1-1 saturate:i to:i!
    Cast 24 1-1 round_mode:s saturate:i to:i!
    CastLike 15 2-2
    CastLike 19 2-2 saturate:i
    CastLike 24 2-2 round_mode:s saturate:i
    CausalConvWithState 27 2-4 activation:s
    Ceil 11 1-1
    Celu 12 1-1 alpha:f
    CenterCropPad 18 2-2 axes:I
    Clip 11 1-3
    Col2Im 18 3-3 dilations:I pads:I strides:I
    Compress 11 2-2 axis:i
    Concat 11 1-* axis:i!
    ConcatFromSequence 11 1-1 axis:i! new_axis:i
    Constant 11 0-0 sparse_value:p value:t
    Constant 12 0-0 sparse_value:p value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s \
      value_strings:S
    ConstantOfShape 11 1-1 value:t
    Conv 11 2-3 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
    ConvInteger 11 2-4 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
    ConvTranspose 11 2-3 auto_pad:s dilations:I group:i kernel_shape:I output_padding:I output_shape:I pads:I strides:I
    Cos 11 1-1
    Cosh 11 1-1
    CumProd 26 2-2 exclusive:i reverse:i
    CumSum 11 2-2 exclusive:i reverse:i
    DFT 17 1-2 axis:i inverse:i onesided:i
    DFT 20 1-3 inverse:i onesided:i
    DeformConv 19 3-5 dilations:I group:i kernel_shape:I offset_group:i pads:I strides:I
    DepthToSpace 11 1-1 blocksize:i! mode:s
    DequantizeLinear 11 2-3
    DequantizeLinear 13 2-3 axis:i
    DequantizeLinear 21 2-3 axis:i block_size:i
    DequantizeLinear 23 2-3 axis:i block_size:i output_dtype:i
    Det 11 1-1
    Div 11 2-2
    Dropout 11 1-1 ratio:f
    Dropout 12 1-3 seed:i
    DynamicQuantizeLinear 11 1-1
    Einsum 12 1-* equation:s!
    Elu 11 1-1 alpha:f
    Equal 11 2-2
    Erf 11 1-1
    Exp 11 1-1
    Expand 11 2-2
    EyeLike 11 1-1 dtype:i k:i
    Flatten 11 1-1 axis:i
    Floor 11 1-1
    GRU 11 3-6 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i linear_before_reset:i
    GRU 14 3-6 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i \
      linear_before_reset:i
    Gather 11 2-2 axis:i
    GatherElements 11 2-2 axis:i
    GatherND 11 2-2
    GatherND 12 2-2 batch_dims:i
    Gelu 20 1-1 approximate:s
    Gemm 11 2-3 alpha:f beta:f transA:i transB:i
    GlobalAveragePool 11 1-1
    GlobalLpPool 11 1-1 p:i
    GlobalMaxPool 11 1-1
    Greater 11 2-2
    GreaterOrEqual 12 2-2
    GridSample 16 2-2 align_corners:i mode:s padding_mode:s
    GroupNormalization 21 3-3 epsilon:f num_groups:i! stash_type:i
    HammingWindow 17 1-1 output_datatype:i periodic:i
    HannWindow 17 1-1 output_datatype:i periodic:i
    HardSigmoid 11 1-1 alpha:f beta:f
    HardSwish 14 1-1
    Hardmax 11 1-1 axis:i
    Identity 11 1-1
    If 11 1-1 else_branch:g! then_branch:g!
    ImageDecoder 20 1-1 pixel_format:s
    InstanceNormalization 11 3-3 epsilon:f
    IsInf 11 1-1 detect_negative:i detect_positive:i
    IsNaN 11 1-1
    LRN 11 1-1 alpha:f beta:f bias:f size:i!
    LSTM 11 3-8 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i
    LSTM 14 3-8 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i layout:i
    LayerNormalization 17 2-3 axis:i epsilon:f stash_type:i
    LeakyRelu 11 1-1 alpha:f
    Less 11 2-2
    LessOrEqual 12 2-2
    LinearAttention 27 3-6 chunk_size:i kv_num_heads:i! q_num_heads:i! scale:f update_rule:s
    Log 11 1-1
    LogSoftmax 11 1-1 axis:i
    Loop 11 2-* body:g!
    LpNormalization 11 1-1 axis:i p:i
    LpPool 11 1-1 auto_pad:s kernel_shape:I! p:i pads:I strides:I
    LpPool 18 1-1 auto_pad:s ceil_mode:i dilations:I kernel_shape:I! p:i pads:I strides:I
    MatMul 11 2-2
    MatMulInteger 11 2-4
    Max 11 1-*
    MaxPool 11 1-1 auto_pad:s ceil_mode:i dilations:I kernel_shape:I! pads:I storage_order:i strides:I
    MaxRoiPool 11 2-2 pooled_shape:I! spatial_scale:f
    MaxUnpool 11 2-3 kernel_shape:I! pads:I strides:I
    Mean 11 1-*
    MeanVarianceNormalization 11 1-1 axes:I
    MelWeightMatrix 17 5-5 output_datatype:i
    Min 11 1-*
    Mish 18 1-1
    Mod 11 2-2 fmod:i
    Mul 11 2-2
    Multinomial 11 1-1 dtype:i sample_size:i seed:f
    Neg 11 1-1
    NegativeLogLikelihoodLoss 12 2-3 ignore_index:i reduction:s
    NonMaxSuppression 11 2-5 center_point_box:i
    NonZero 11 1-1
    Not 11 1-1
    OneHot 11 3-3 axis:i
    Optional 15 0-1 type:y
    OptionalGetElement 15 1-1
    OptionalHasElement 15 1-1
    OptionalHasElement 18 0-1
    Or 11 2-2
    PRelu 11 2-2
    Pad 11 2-3 mode:s
    Pad 18 2-4 mode:s
    Pow 11 2-2
    QLinearConv 11 8-9 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
    QLinearMatMul 11 8-8
    QuantizeLinear 11 2-3
    QuantizeLinear 13 2-3 axis:i
    QuantizeLinear 19 2-3 axis:i saturate:i
    QuantizeLinear 21 2-3 axis:i block_size:i output_dtype:i saturate:i
    QuantizeLinear 23 2-3 axis:i block_size:i output_dtype:i precision:i saturate:i
    RMSNormalization 23 2-2 axis:i epsilon:f stash_type:i
    RNN 11 3-6 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i
    RNN 14 3-6 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i
    RandomNormal 11 0-0 dtype:i mean:f scale:f seed:f shape:I!
    RandomNormalLike 11 1-1 dtype:i mean:f scale:f seed:f
    RandomUniform 11 0-0 dtype:i high:f low:f seed:f shape:I!
    RandomUniformLike 11 1-1 dtype:i high:f low:f seed:f
    Range 11 3-3
    Range 27 3-3 stash_type:i
    Reciprocal 11 1-1
    ReduceL1 11 1-1 axes:I keepdims:i
    ReduceL1 18 1-2 keepdims:i noop_with_empty_axes:i
    ReduceL2 11 1-1 axes:I keepdims:i
    ReduceL2 18 1-2 keepdims:i noop_with_empty_axes:i
    ReduceLogSum 11 1-1 axes:I keepdims:i
    ReduceLogSum 18 1-2 keepdims:i noop_with_empty_axes:i
    ReduceLogSumExp 11 1-1 axes:I keepdims:i
    ReduceLogSumExp 18 1-2 keepdims:i noop_with_empty_axes:i
    ReduceMax 11 1-1 axes:I keepdims:i
    ReduceMax 18 1-2 keepdims:i noop_with_empty_axes:i
    ReduceMean 11 1-1 axes:I keepdims:i
    ReduceMean 18 1-2 keepdims:i noop_with_empty_axes:i
    ReduceMin 11 1-1 axes:I keepdims:i
    ReduceMin 18 1-2 keepdims:i noop_with_empty_axes:i
    ReduceProd 11 1-1 axes:I keepdims:i
    ReduceProd 18 1-2 keepdims:i noop_with_empty_axes:i
    ReduceSum 11 1-1 axes:I keepdims:i
    ReduceSum 13 1-2 keepdims:i noop_with_empty_axes:i
    ReduceSumSquare 11 1-1 axes:I keepdims:i
    ReduceSumSquare 18 1-2 keepdims:i noop_with_empty_axes:i
    RegexFullMatch 20 1-1 pattern:s
    Relu 11 1-1
    Reshape 11 2-2
    Reshape 14 2-2 allowzero:i
    Resize 11 3-4 coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f mode:s \
      nearest_mode:s
    Resize 13 1-4 coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f mode:s \
      nearest_mode:s
    Resize 18 1-4 antialias:i axes:I coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f \
      keep_aspect_ratio_policy:s mode:s nearest_mode:s
    ReverseSequence 11 2-2 batch_axis:i time_axis:i
    RoiAlign 11 3-3 mode:s output_height:i output_width:i sampling_ratio:i spatial_scale:f
    RoiAlign 16 3-3 coordinate_transformation_mode:s mode:s output_height:i output_width:i sampling_ratio:i spatial_scale:f
    RotaryEmbedding 23 3-4 interleaved:i num_heads:i rotary_embedding_dim:i
    Round 11 1-1
    STFT 17 2-4 onesided:i
    Scan 11 1-* body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I \
      scan_output_directions:I
    ScatterElements 11 3-3 axis:i
    ScatterElements 16 3-3 axis:i reduction:s
    ScatterND 11 3-3
    ScatterND 16 3-3 reduction:s
    Selu 11 1-1 alpha:f gamma:f
    SequenceAt 11 2-2
    SequenceConstruct 11 1-*
    SequenceEmpty 11 0-0 dtype:i
    SequenceErase 11 1-2
    SequenceInsert 11 2-3
    SequenceLength 11 1-1
    SequenceMap 17 1-* body:g!
    Shape 11 1-1
    Shape 15 1-1 end:i start:i
    Shrink 11 1-1 bias:f lambd:f
    Sigmoid 11 1-1
    Sign 11 1-1
    Sin 11 1-1
    Sinh 11 1-1
    Size 11 1-1
    Slice 11 3-5
    Softmax 11 1-1 axis:i
    SoftmaxCrossEntropyLoss 12 2-3 ignore_index:i reduction:s
    Softplus 11 1-1
    Softsign 11 1-1
    SpaceToDepth 11 1-1 blocksize:i!
    SpaceToDepth 28 1-1 blocksize:i! mode:s
    Split 11 1-1 axis:i split:I
    Split 13 1-2 axis:i
    Split 18 1-2 axis:i num_outputs:i
    SplitToSequence 11 1-2 axis:i keepdims:i
    Sqrt 11 1-1
    Squeeze 11 1-1 axes:I
    Squeeze 13 1-2
    StringConcat 20 2-2
    StringNormalizer 11 1-1 case_change_action:s is_case_sensitive:i locale:s stopwords:S
    StringSplit 20 1-1 delimiter:s maxsplit:i
    Sub 11 2-2
    Sum 11 1-*
    SwiGLU 28 2-2 alpha:f
    Swish 24 1-1 alpha:f
    Tan 11 1-1
    Tanh 11 1-1
    TensorScatter 24 2-3 axis:i mode:s
    TfIdfVectorizer 11 1-1 max_gram_length:i! max_skip_count:i! min_gram_length:i! mode:s! ngram_counts:I! ngram_indexes:I! \
      pool_int64s:I pool_strings:S weights:F
    ThresholdedRelu 11 1-1 alpha:f
    Tile 11 2-2
    TopK 11 2-2 axis:i largest:i sorted:i
    Transpose 11 1-1 perm:I
    Trilu 14 1-2 upper:i
    Unique 11 1-1 axis:i sorted:i
    Unsqueeze 11 1-1 axes:I!
    Unsqueeze 13 2-2
    Where 11 3-3
    Xor 11 2-2
    """
}
