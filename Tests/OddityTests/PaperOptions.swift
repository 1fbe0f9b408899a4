import Oddity

extension FitOptions {
  /// Only the paper's score. The default fits every candidate of `auto`, which takes several times as long,
  /// and few tests need it. The same applies to signatures.
  static var paper: FitOptions {
    var options = FitOptions()
    options.scores = [.featurenorm]
    options.keepsSignatures = false
    return options
  }
}
