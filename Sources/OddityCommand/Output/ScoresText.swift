import Oddity

extension [ScoreDescription] {
  /// The scores that can be fitted, as a table.
  var table: String {
    let table = Table(
      self,
      [
        .text("score") { $0.name }, .text("norm") { $0.composition.rawValue },
        .text("needs") { $0.networks.rawValue }, .text("learns") { $0.fits }, .text("costs") { $0.cost },
        .text("what it is") { "\($0.summary) (\($0.paper))" },
      ])
    return table.text
      + "\nIf the column norm is not 'none', NAME+norm composes the score with the FeatureNorm of the "
      + "selected block. 'NAME*std' multiplies scores by a statistic of the channels, 'ensemble(A/B)' "
      + "averages scores; auto chooses one. 'oddity scores NAME' lists parameters.\n"
  }
}

extension ScoreDescription {
  /// The description of a score with its parameters.
  var details: String {
    let lines = [
      "\(name): \(summary)", "  paper   \(paper)", "  learns  \(fits)",
      "  costs   \(cost)", "  needs   \(networks.rawValue)",
      "  norm    \(compositionInWords)",
      "  factor  \(multiplierInWords)",
      "  heads   \(heads.map(\.rawValue).joined(separator: ", "))",
    ]
    let parameters = parameters.map {
      "  --set \(name).\($0.name)=VALUE  \($0.summary): \($0.rangeText) (default: \($0.standardText))"
    }
    return (lines + parameters).map { $0 + "\n" }.joined()
  }

  /// How the score uses FeatureNorm of the selected block.
  private var compositionInWords: String {
    let way =
      switch composition {
      case .none: "none"
      case .distance: "divided by FeatureNorm of the selected block"
      case .logits: "of features with FeatureNorm of the selected block as their norm, and of their logits"
      case .vim: "the energy of logits with the selected norm; the residual stays"
      }
    return composition == .none ? way : "\(composition.rawValue): \(name)+norm is \(way)"
  }

  /// How a statistic of the channels multiplies the score, as in the JSON.
  private var multiplierName: String {
    switch sign {
    case .positive: "product"
    case .negative: "quotient"
    case .signed: "product of softplus"
    case nil: "none"
    }
  }

  /// How a statistic of the channels multiplies the score, in words.
  private var multiplierInWords: String {
    let names = "\(name)*avg, \(name)*std and \(name)*max"
    return switch sign {
    case .positive: "\(names) multiply it by a statistic of the channels"
    case .negative: "\(names) divide it by a statistic of the channels"
    case .signed: "\(names) multiply its softplus by a statistic of the channels"
    case nil: "none"
    }
  }

  /// The kinds of logits on which the score is meaningful, except constant ones.
  fileprivate var heads: [LogitForm] { LogitForm.allCases.filter { $0 != .constant && forms.contains($0) } }

  /// The description that `oddity scores --json` prints.
  var json: JSONValue {
    [
      "name": .string(name), "summary": .string(summary), "paper": .string(paper), "fits": .string(fits),
      "cost": .string(cost), "networks": .string(networks.rawValue), "norm": .string(composition.rawValue),
      "multiplier": .string(multiplierName),
      "heads": .array(heads.map { .string($0.rawValue) }), "parameters": .array(parameters.map(\.json)),
    ]
  }
}

extension ScoreParameter {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "summary": .string(summary),
      "default": standard.map { JSONValue($0) } ?? .null, "default_text": .string(standardText),
      "range": .string(rangeText),
    ]
  }
}
