import ONNXGraph

extension Unsoundness {
  /// Mistakes of OpenVINO 2026.4, measured against ONNX Runtime with every attribute of the operators in
  /// classifiers. Mistakes that are avoided by replacing nodes are not included.
  static let engineMistakes = [
    mistake(
      ["Resize"], "has exclude_outside=1", "export it without, or resize images in front of the network"
    ) {
      node, _ in node.string("mode") == "cubic" && node.int("exclude_outside", default: 0) != 0
    },
    mistake(["Resize"], "has antialias=1", "export it without, or resize images in front of the network") {
      node, surroundings in node.isAntialiased(in: surroundings.graph)
    },
    Unsoundness(
      of: ["ConvTranspose"], "has auto_pad=…\(wrong)", "export it with pads that are written out",
      by: .openVINO
    ) { node, _ in node.string("auto_pad").flatMap { $0.hasPrefix("SAME") ? $0 : nil } },
    mistake(["ConvTranspose"], "has output_shape", "export it with pads that are written out") { node, _ in
      node.ints("output_shape") != nil
    },
    mistake(
      ["MaxPool", "LpPool", "AveragePool"], "has ceil_mode=1",
      "export it with ceil_mode=0 and the padding that it needs"
    ) { node, _ in node.isRoundedUpWrongly },
    mistake(["LSTM"], "has sequence lengths or peepholes", "export it without") { node, _ in
      [4, 7].contains { node.inputs.indices.contains($0) && !node.inputs[$0].isEmpty }
    },
    mistake(["ReduceL1", "ReduceL2", "ReduceLogSum"], "reduces no axis", "export it as Abs or Log") {
      node, surroundings in node.reducesNoAxis(in: surroundings.graph)
    },
    // Measured with the versions 1.20 to 1.32 against ONNX's definition. A mean over a window that extends
    // beyond the end is divided by the positions outside too, and 1.20 makes windows that start in the
    // padding.
    Unsoundness(
      of: ["MaxPool", "LpPool", "AveragePool"], "has ceil_mode=1\(wrong)",
      "install ONNX Runtime 1.29 or later, or export it with ceil_mode=0 and the padding that it needs",
      by: .onnxRuntime(before: [1, 29])
    ) { node, _ in node.isRoundedUp && (node.mayStartInPadding || node.countsPadding) ? "" : nil },
    // ONNX's small integers wrap around, but the engine's saturate.
    Unsoundness(
      of: ["Add", "Sub", "Mul"], "computes in …\(wrong)", "cast to float32 in front of it", by: .openVINO
    ) {
      node, surroundings in
      node.inputs.compactMap { surroundings.types[$0] }.first { $0.isSmallInteger }?.description
    },
  ]

  private static let wrong = ", which the engine computes wrongly"

  private static func mistake(
    _ operators: Set<String>, _ what: String, _ advice: String,
    isMade: @escaping @Sendable (Node, Surroundings) -> Bool
  ) -> Unsoundness {
    Unsoundness(of: operators, what + wrong, advice, by: .openVINO) { isMade($0, $1) ? "" : nil }
  }
}

extension Node {
  fileprivate func isAntialiased(in graph: Graph) -> Bool {
    let scales = inputs.count > 2 ? graph.numbers(of: inputs[2]) ?? [] : []
    let isEnlarging = !scales.isEmpty && scales.allSatisfy { $0 >= 1 }
    return (string("mode") ?? "nearest") != "nearest" && int("antialias", default: 0) != 0 && !isEnlarging
  }

  fileprivate var isRoundedUp: Bool { int("ceil_mode", default: 0) != 0 }
  fileprivate var countsPadding: Bool { op == "AveragePool" && int("count_include_pad", default: 0) != 0 }

  /// Whether the last windows of a pool, which extend beyond the end, are computed incorrectly.
  fileprivate var isRoundedUpWrongly: Bool {
    guard isRoundedUp, ints("kernel_shape") != nil else { return false }
    return switch op {
    case "LpPool": true
    case "MaxPool": mayStartInPadding
    default: mayStartInPadding && countsPadding
    }
  }

  fileprivate func reducesNoAxis(in graph: Graph) -> Bool {
    int("noop_with_empty_axes", default: 0) != 0
      && (inputs.count < 2 || inputs[1].isEmpty || graph.numbers(of: inputs[1]) == [])
  }
}

extension ElementType {
  fileprivate var isSmallInteger: Bool { [.uint8, .int8, .uint16, .int16].contains(self) }
}
