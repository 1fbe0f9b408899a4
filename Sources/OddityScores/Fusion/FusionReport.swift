import OddityClassifier

/// The columns and weights of a fusion, for reports and the metadata of a guarded model.
public struct FusionReport: Codable, Sendable, Equatable {
  /// The name of the score.
  public let name: String
  /// The columns, in the order in which they were added.
  public let columns: [Column]
  /// The kinds of pseudo-OOD images that it was learnt from.
  public let kinds: [String]
  /// AUROC of select images against each kind, with weights learnt without that kind and on the other half of
  /// the images.
  public let aurocs: [Double]
  public let cost: Cost

  /// nil for a kind that it was not learnt from.
  package func auroc(ofKind name: String) -> Double? { kinds.firstIndex(of: name).map { aurocs[$0] } }

  public struct Column: Codable, Sendable, Equatable {
    public let name: String
    /// Subtracted from the column: the median of the select images.
    public let median: Double
    /// The column is then divided by this.
    public let spread: Double
    /// The weight of the standardised, clipped column.
    public let weight: Double
    /// The weight of its absolute value, which is subtracted.
    public let foldedWeight: Double
    /// The mean AUROC that is lost without it.
    public let adds: Double

    private enum CodingKeys: String, CodingKey {
      case name, median, spread, weight
      case foldedWeight = "folded_weight"
      case adds
    }

    init(_ column: Fusion.Column, adds: Double) {
      name = column.name.description
      (median, spread) = (column.scale.median, column.scale.spread)
      (weight, foldedWeight, self.adds) = (column.weight, column.foldedWeight, adds)
    }
  }

  /// The cost of the columns in addition to the classifier, counted in the graph.
  public struct Cost: Codable, Sendable, Equatable {
    /// The share of the classifier's multiply-accumulates; nil if these are unknown.
    public let arithmetic: Double?
    /// The share of the bytes of its weights.
    public let bytes: Double

    /// The continuation of a sentence after "costs".
    ///
    /// - Parameter percent: formats a share.
    package func words(_ percent: (Double) -> String) -> String {
      let arithmetic = arithmetic.map { "\(percent($0)) of the classifier's arithmetic and " } ?? ""
      return arithmetic + "\(percent(bytes)) of the bytes of its weights"
    }
  }
}
