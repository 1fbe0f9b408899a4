extension FitPart {
  /// The names of the arrays in a part.
  enum Names {
    // For every image, in the order of observation.
    static let part = "images.part"
    static let need = "images.pseudo_ood"
    static let selection = "images.source"
    static let position = "images.position"
    static let predictedClass = "images.predicted"
    static let truth = "images.truth"
    static let key = "images.key"
    static let contentHash = "images.content"

    /// The FeatureNorms of each image, followed by those of its pseudo-OOD images.
    static let norms = "norms"

    // Rows of the probe graph's outputs, in the order of the part's images.
    static let select = "rows.select"
    static let calibrate = "rows.calibrate"
    /// Present only if a temperature is fitted.
    static let temperature = "rows.temperature"
    static func pseudoOOD(_ kind: Int) -> String { "rows.pseudo_ood.\(kind)" }

    // For some calibration images, those with faulty copies first: keys, predicted classes, signatures
    // [images, D], and the copies' signatures [replayed images, replays · D] and predicted classes [replayed
    // images, replays].
    static let signatureKeys = "signatures.key"
    static let signatureClasses = "signatures.predicted"
    static let signatures = "signatures.values"
    static let signatureReplays = "signatures.replays"
    static let signatureReplayClasses = "signatures.replays.predicted"

    /// Rows of the fit part with the smallest keys.
    static let sample = Sample(name: "sample")
    /// Pseudo-OOD images of a kind that is made only from a sample.
    static func sampledKind(_ kind: Int) -> Sample { Sample(name: "sample.pseudo_ood.\(kind)") }

    /// The names of the arrays of a sample of rows.
    struct Sample {
      let name: String

      var key: String { "\(name).key" }
      var contentHash: String { "\(name).content" }
      var truth: String { "\(name).truth" }
      var rows: String { "\(name).rows" }
    }

    // Prefixes of the names of running sums.
    static let moments = "moments"
    static let normalisedMoments = "normalised_moments"
    static let classes = "classes"
    static let normalisedClasses = "normalised_classes"
    static let gramRanges = "gram_ranges"
  }
}
