import OddityClassifier

/// What a fusion consists of, for reports and a guarded model's metadata.
public struct FusionReport: Codable, Sendable, Equatable {
  /// The score's.
  public let name: String
  /// In the order in which they were taken in.
  public let columns: [Column]
  /// The kinds of pseudo-OOD images that it was learnt from.
  public let kinds: [String]
  /// AUROC of select images against each kind, by weights learnt without that kind and on the other half of the images.
  public let aurocs: [Double]
  public let cost: Cost

  /// Nil of a kind that it was not learnt from.
  package func auroc(ofKind name: String) -> Double? { kinds.firstIndex(of: name).map { aurocs[$0] } }

  public struct Column: Codable, Sendable, Equatable {
    public let name: String
    /// What the column is less before it is divided: the median of the select images.
    public let median: Double
    /// By what it is divided.
    public let spread: Double
    /// Of the standardised, clipped column.
    public let weight: Double
    /// Of its absolute value, which is subtracted.
    public let foldedWeight: Double
    /// Mean AUROC that is lost without it.
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

  /// What the columns cost beside the classifier, counted in the graph.
  public struct Cost: Codable, Sendable, Equatable {
    /// Share of the classifier's multiply-accumulates; nil where these are not known.
    public let arithmetic: Double?
    /// Share of the bytes of its weights.
    public let bytes: Double

    /// As a sentence goes on behind "costs".
    ///
    /// - Parameter percent: a share as it is shown.
    package func words(_ percent: (Double) -> String) -> String {
      let arithmetic = arithmetic.map { "\(percent($0)) of the classifier's arithmetic and " } ?? ""
      return arithmetic + "\(percent(bytes)) of the bytes of its weights"
    }
  }
}
