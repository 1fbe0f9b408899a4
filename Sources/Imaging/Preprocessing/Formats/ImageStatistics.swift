/// Means and standard deviations by channel (red, green, blue), in units of [0, 1].
struct ImageStatistics: Equatable {
  let mean: [Double]
  let std: [Double]

  /// Of ImageNet's training images.
  static let imagenet = ImageStatistics(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
  /// What brings [0, 1] to [−1, 1].
  static let half = ImageStatistics(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
  /// Of OpenAI's CLIP.
  static let clip = ImageStatistics(
    mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711])
}
