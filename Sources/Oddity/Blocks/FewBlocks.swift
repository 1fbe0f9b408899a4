/// What to say where the rule leaves nothing to select from.
extension Classifier {
  /// A note for a classifier with a single block; `nil` for any other.
  public var singleBlockNote: String? {
    guard blocks.count == 1 else { return nil }
    return "\(model.name) has a single block, '\(blocks[0].tensor)', so there is nothing to select from: "
      + OddityError.otherMaps
  }
}

extension OddityError {
  fileprivate static let otherMaps =
    "'oddity blocks --all-tensors' lists all feature maps, and fit --block TENSOR takes any"

  public static func noBlocks(in classifier: Classifier) -> OddityError {
    OddityError(
      .noBlocks,
      "\(classifier.model.name) has no spatial block \(place(classifier)): \(otherMaps); "
        + "or name the right logits with --logits NAME")
  }

  public static func noFeatureMaps(in classifier: Classifier) -> OddityError {
    OddityError(
      .noBlocks,
      "\(classifier.model.name) has no feature map [N,C,H,W], [N,H,W,C] or [N,T,C] \(place(classifier)): "
        + "name the right logits with --logits NAME")
  }

  private static func place(_ classifier: Classifier) -> String {
    "between '\(classifier.image.name)' and '\(classifier.head.logits)'"
  }
}
