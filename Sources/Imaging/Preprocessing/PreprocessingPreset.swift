extension Preprocessing {
  /// A preprocessing with a name.
  public enum Preset: String, Sendable, CaseIterable, Decodable {
    case imagenet, cifar
    /// Keras's `preprocess_input` with this `mode`.
    case tf, torch, caffe

    package static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

    var preprocessing: Preprocessing {
      switch self {
      case .imagenet: .imagenet
      case .cifar: .cifar
      case .tf: .kerasTF
      case .torch: .kerasTorch
      case .caffe: .kerasCaffe
      }
    }
  }

  /// torchvision's evaluation of ImageNet networks.
  public static let imagenet = Preprocessing(
    resize: .shorterSide(256), crop: ImageSize(height: 224, width: 224), interpolation: .bilinear,
    mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// The usual statistics of CIFAR-10's training images; images are resized to the model's input.
  public static let cifar = Preprocessing(
    mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616])

  // What `keras.applications.imagenet_utils.preprocess_input` does in its three modes, after Keras's
  // `load_img(path, target_size=…)`, which takes the nearest pixels where nothing else is said.

  /// x / 127.5 − 1: values of [−1, 1].
  static let kerasTF = Preprocessing(interpolation: .nearest, mean: [1], std: [1], rescaleFactor: 1 / 127.5)

  /// Values of [0, 1], then ImageNet's mean and std.
  static let kerasTorch = Preprocessing(
    interpolation: .nearest, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// Blue, green, red, less ImageNet's mean; nothing is scaled.
  static let kerasCaffe = Preprocessing(
    interpolation: .nearest, channels: .bgr, mean: [103.939, 116.779, 123.68], std: [1], rescaleFactor: 1)
}
