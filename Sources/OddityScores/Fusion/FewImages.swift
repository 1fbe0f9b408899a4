import OddityClassifier

/// Excludes scores from the candidates if they would learn from too few images.
///
/// With few images for many classes, class means, banks and covariances describe the images that they were
/// learnt from more than the classes. Pseudo-OOD images do not reveal this, because they are made from other
/// images. Class means and banks therefore need ten images per class on average, and covariances need twice
/// as many images as features. A score that the user names is fitted anyway.
package struct FewImages {
  /// The number of images in the fit part.
  let images: Int
  let classes: Int
  let features: Int

  package init(images: Int, classes: Int, features: Int) {
    (self.images, self.classes, self.features) = (images, classes, features)
  }

  private static let imagesPerClass = 10
  private static let imagesPerFeature = 2

  /// Why a score is not a candidate; nil if it is one.
  package func refusal(of name: ScoreName) -> OddityError? {
    guard let method = name.method else { return nil }
    let needed = needed(by: method)
    guard images < needed.images else { return nil }
    return OddityError(
      .badData,
      "\(name) learns \(needed.what), and \(images) images are too few for that: pass \(needed.images) or "
        + "more, or name it with \(.scores)"
    )
  }

  private func needed(by method: any Score.Type) -> (what: String, images: Int) {
    let statistics = method.init().statistics
    let ofClasses = (what: "from the images of \(classes) classes", images: Self.imagesPerClass * classes)
    if !statistics.isDisjoint(with: [.moments, .normalisedMoments]) {
      let ofFeatures = (
        what: "how \(features) features vary together", images: Self.imagesPerFeature * features
      )
      let takesClasses = !statistics.isDisjoint(with: [.classMeans, .normalisedClassMeans])
      return takesClasses && ofClasses.images > ofFeatures.images ? ofClasses : ofFeatures
    }
    return Self.learnsFromClasses(method) ? ofClasses : ("nothing", 0)
  }

  /// Whether it learns class means, or a bank, which has few images per class if there are many classes.
  private static func learnsFromClasses(_ method: any Score.Type) -> Bool {
    let banks: [any Score.Type] = [KNN.self, NNGuide.self, OpenMax.self, ActivationSubspaces.self]
    return !method.init().statistics.isDisjoint(with: [.classMeans, .normalisedClassMeans])
      || banks.contains { $0 == method }
  }
}
