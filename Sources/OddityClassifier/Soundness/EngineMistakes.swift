import ONNXGraph

extension Node {
  /// What OpenVINO 2026.4 computes wrongly in such a node, measured against ONNX Runtime with every attribute of the
  /// operators that classifiers have; `nil` where it is right, or where other nodes stand for it.
  func engineComplaint(in graph: Graph, _ types: [String: ElementType]) -> String? {
    guard domain.isEmpty else { return nil }
    return switch op {
    case "Resize": resizeComplaint(in: graph)
    case "ConvTranspose": transposedComplaint
    case "MaxPool", "LpPool", "AveragePool": poolComplaint
    case "LSTM": recurrentComplaint
    case "ReduceL1", "ReduceL2", "ReduceLogSum": emptyAxesComplaint(in: graph)
    case "Add", "Sub", "Mul": smallIntegerComplaint(types)
    default: nil
    }
  }

  private func complaint(_ what: String, _ advice: String) -> String {
    "\(title) \(what), which the engine computes wrongly; \(advice)"
  }

  private func resizeComplaint(in graph: Graph) -> String? {
    let mode = string("mode") ?? "nearest"
    if mode == "cubic", int("exclude_outside", default: 0) != 0 {
      return complaint("has exclude_outside=1", "export it without, or resize images in front of the network")
    }
    let scales = inputs.count > 2 ? graph.numbers(of: inputs[2]) ?? [] : []
    let isEnlarging = !scales.isEmpty && scales.allSatisfy { $0 >= 1 }
    guard mode != "nearest", int("antialias", default: 0) != 0, !isEnlarging else { return nil }
    return complaint("has antialias=1", "export it without, or resize images in front of the network")
  }

  private var transposedComplaint: String? {
    guard let padding = string("auto_pad"), padding.hasPrefix("SAME") else { return nil }
    return complaint("has auto_pad=\(padding)", "export it with pads that are written out")
  }

  private var poolComplaint: String? {
    guard int("ceil_mode", default: 0) != 0, ints("kernel_shape") != nil else { return nil }
    let isWrong =
      switch op {
      case "LpPool": true
      case "MaxPool": mayStartInPadding
      default: mayStartInPadding && int("count_include_pad", default: 0) != 0
      }
    return isWrong
      ? complaint("has ceil_mode=1", "export it with ceil_mode=0 and the padding that it needs") : nil
  }

  private var recurrentComplaint: String? {
    let given = inputs.indices.filter { !inputs[$0].isEmpty }
    guard given.contains(4) || given.contains(7) else { return nil }
    return complaint("has sequence lengths or peepholes", "export it without")
  }

  private func emptyAxesComplaint(in graph: Graph) -> String? {
    guard int("noop_with_empty_axes", default: 0) != 0,
      inputs.count < 2 || inputs[1].isEmpty || graph.numbers(of: inputs[1]) == []
    else { return nil }
    return complaint("reduces no axis", "export it as Abs or Log")
  }

  /// ONNX's small integers wrap around at their range; the engine's end there.
  private func smallIntegerComplaint(_ types: [String: ElementType]) -> String? {
    let small: [ElementType] = [.uint8, .int8, .uint16, .int16]
    guard let type = inputs.compactMap({ types[$0] }).first(where: small.contains) else { return nil }
    return complaint("computes in \(type)", "cast to float32 in front of it")
  }
}
