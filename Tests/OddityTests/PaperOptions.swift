import Oddity

extension FitOptions {
  /// The paper's score alone. The default fits every candidate of `auto`, which takes several times as long and which few tests
  /// are about; so do signatures.
  static var paper: FitOptions {
    var options = FitOptions()
    options.scores = [.featurenorm]
    options.keepsSignatures = false
    return options
  }
}
