import Foundation
import Oddity

do {
  var options = FitOptions()
  options.preprocessing = .cifar
  let fit = try await Fit(
    model: "classifier.onnx", inDistribution: ["train/"], calibration: ["held-out/"], options: options)
  if let auto = fit.report.auto { print("the score is \(auto.chosen.title)") }
  for warning in fit.report.warnings { print("warning:", warning.text) }
  try fit.guarded.write(to: "guarded.onnx")

  let detector = try Detector("guarded.onnx")
  try await detector.score("photos/") { outcome in
    switch outcome.result {
    case .success(let image):
      let verdict = image.isOutlier ? "a stranger" : image.label ?? "class \(image.classIndex)"
      print(outcome.item.name, image.pValue, verdict)
    case .failure(let error): print(error)
    }
  }
} catch {
  // An error is one sentence with advice. If it were not caught, the program would end with a crash report.
  print(error)
  exit(1)
}
