import Oddity

var options = FitOptions()
options.preprocessing = .cifar
let fit = try await Fit(
  model: "classifier.onnx", inDistribution: ["train/"], calibration: ["held-out/"], options: options)
print("FeatureNorm is taken at \(fit.report.selected.tensor)")
try fit.guarded.write(to: "guarded.onnx")

let detector = try Detector("guarded.onnx")
try await detector.score("photos/") { outcome in
  switch outcome.result {
  case .success(let image): print(outcome.item.name, image.pValue, image.isOutlier ? "a stranger" : "known")
  case .failure(let error): print(error)
  }
}
