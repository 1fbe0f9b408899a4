import OddityClassifier

/// Which scores are no candidates where few images were fitted to.
///
/// With few images for many classes, class means, banks and covariances describe the images that they were learnt from more than
/// the classes, and pseudo-OOD images, which are made of other images, do not show it. So class means and banks need ten images a
/// class on average, covariances twice as many images as features. A score that is asked for by name is fitted all the same.
package struct FewImages {
  /// Of the fit part.
  let images: Int
  let classes: Int
  let features: Int

  package init(images: Int, classes: Int, features: Int) {
    (self.images, self.classes, self.features) = (images, classes, features)
  }

  private static let imagesPerClass = 10
  private static let imagesPerFeature = 2

  /// Why a score is no candidate; nil where it is one.
  package func refusal(of name: ScoreName) -> OddityError? {
    guard let method = name.method else { return nil }
    let needed = needed(by: method)
    guard images < needed.images else { return nil }
    return OddityError(
      .badData,
      "\(name) learns \(needed.what), for which \(images) images are too few: \(needed.images) are enough, or name it with \(.scores)"
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

  /// Class means, and banks, which are thin where classes are many.
  private static func learnsFromClasses(_ method: any Score.Type) -> Bool {
    let banks: [any Score.Type] = [KNN.self, NNGuide.self, OpenMax.self, ActivationSubspaces.self]
    return !method.init().statistics.isDisjoint(with: [.classMeans, .normalisedClassMeans])
      || banks.contains { $0 == method }
  }
}
