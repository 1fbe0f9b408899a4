import OddityStatistics

/// Messages for what a classifier lacks.
extension Classifier {
  /// A note if a classifier has a single block; `nil` otherwise.
  public var singleBlockNote: String? {
    guard blocks.count == 1 else { return nil }
    return "\(model.name) has only one block, '\(blocks[0].tensor)', so no block can be selected: "
      + OddityError.otherMaps
  }
}

extension OddityError {
  fileprivate static var otherMaps: String {
    "\(.featureMaps) lists all feature maps, and \(.block, "TENSOR") of a fit takes any of them"
  }

  public static func noBlocks(in classifier: Classifier) -> OddityError {
    OddityError(
      .noBlocks,
      "\(classifier.model.name) has no spatial block \(place(classifier)): \(otherMaps); "
        + "or name the right logits with \(.logits, "NAME")")
  }

  public static func noFeatureMaps(in classifier: Classifier) -> OddityError {
    OddityError(
      .noBlocks,
      "\(classifier.model.name) has no feature map [N,C,H,W], [N,H,W,C] or [N,T,C] \(place(classifier)): "
        + "name the right logits with \(.logits, "NAME")")
  }

  private static func place(_ classifier: Classifier) -> String {
    "between '\(classifier.image.name)' and '\(classifier.head.logits)'"
  }
}

extension Classifier {
  /// The pooled map.
  ///
  /// - Throws: ``OddityError`` `.usage` if there is none.
  package func requirePooledMap() throws(OddityError) -> PooledMap {
    guard let pooledMap else {
      throw OddityError(
        .usage,
        "\(model.name) does not average a feature map over its positions before the head, so scores of the "
          + "last map do not work; \(.catalogue) tells which need one")
    }
    return pooledMap
  }

  /// The pooled map, if its averages are the penultimate features.
  ///
  /// - Throws: ``OddityError`` `.usage` if they are not.
  package func requirePooledFeatures() throws(OddityError) -> PooledMap {
    let pooled = try requirePooledMap()
    guard pooled.isFeatures else {
      throw OddityError(
        .usage,
        "\(model.name) has further layers between its pooled map '\(pooled.map.tensor)' and the linear head: scores of the "
          + "last map's channels as features do not work; \(.catalogue) tells which need them")
    }
    return pooled
  }
}

extension OddityError {
  package static func noLinearHead(_ classifier: Classifier) -> OddityError {
    if let features = classifier.head.features, classifier.featureCount == nil {
      return OddityError(
        .usage,
        "\(classifier.model.name): the penultimate features '\(features)' were found, but the layer that "
          + "turns them into logits does not compute in floating point (quantised layers compute in "
          + "integers): scores on logits alone and featurenorm still work; for other scores guard the "
          + "network before quantisation")
    }
    return OddityError(
      .usage,
      "\(classifier.model.name) has no linear head (logits = Wz + b with penultimate features z) that Oddity "
        + "can find: scores on logits alone and featurenorm still work; \(.catalogue) tells which need one")
  }
}
