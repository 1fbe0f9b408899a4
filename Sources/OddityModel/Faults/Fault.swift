/// What can go wrong between the images and a classifier: the fourteen faults that `oddity diagnose`
/// distinguishes.
public enum Fault: String, Codable, CaseIterable, Sendable {
  case channelsSwapped = "channels-swapped"
  case notScaled = "not-scaled"
  case scaledTwice = "scaled-twice"
  case otherNormalisation = "other-mean-std"
  case otherResize = "other-resize"
  case shiftedCrop = "shifted-crop"
  case layoutMistaken = "layout-mistaken"
  case turned
  case jpeg = "low-quality-jpeg"
  case grey
  case gamma
  case blurred = "blurred-or-enlarged"
  case inverted
  /// The images are not of the kind that the classifier knows. Chosen if no other fault explains them.
  case otherImages = "other-images"

  /// A description, as a part of a sentence.
  public var meaning: String {
    switch self {
    case .channelsSwapped: "red and blue are swapped"
    case .notScaled: "values were not scaled"
    case .scaledTwice: "values were scaled twice"
    case .otherNormalisation: "the wrong mean and standard deviation were used"
    case .otherResize: "images were resized or cropped in another way"
    case .shiftedCrop: "the crop is shifted"
    case .layoutMistaken: "rows, columns and channels are in another order"
    case .turned: "images are turned"
    case .jpeg: "images are strongly compressed JPEG files"
    case .grey: "images have lost their colours"
    case .gamma: "brightness follows another curve (gamma)"
    case .blurred: "images are blurred, or enlarged from fewer pixels"
    case .inverted: "images are negatives"
    case .otherImages: "these are not images of the kind that the classifier was made for"
    }
  }

  /// What to do about it.
  public var advice: String {
    switch self {
    case .channelsSwapped: "read images as RGB where the model takes RGB; OpenCV's imread gives BGR"
    case .notScaled: "divide pixels by 255 before mean and std, as the preprocessing says"
    case .scaledTwice: "divide by 255 once: torchvision's ToTensor has done it already"
    case .otherNormalisation:
      "use the mean and std that the guarded file names"
    case .otherResize:
      "resize and crop as the guarded file says: the size, the crop, the interpolation, antialiasing"
    case .shiftedCrop: "crop around the centre"
    case .layoutMistaken: "transpose the array, do not reshape it: the model's layout is in the guarded file"
    case .turned: "turn photographs as their EXIF orientation says"
    case .jpeg: "save images at a higher JPEG quality, or in a lossless format"
    case .grey: "keep the colours: decode images as RGB"
    case .gamma:
      "do not change the brightness: look for a gamma curve, tone mapping or linear light in your pipeline"
    case .blurred: "check the lens, the focus, and the size at which images are stored"
    case .inverted: "do not subtract pixels from 255"
    case .otherImages: "look at the images; fit again if they are what the classifier is meant for"
    }
  }
}
