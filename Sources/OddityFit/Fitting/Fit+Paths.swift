import Foundation
import Imaging
import OpenVINORuntime

extension Fit {
  /// Fits a detector, given where things are.
  ///
  /// - Parameters:
  ///   - model: the path of the classifier's ONNX file.
  ///   - inDistribution: folders, images, archives or arrays, as ``ImageSources`` opens them.
  ///   - calibration: the same, of images that the classifier was not trained on.
  /// - Throws: as ``init(model:inDistribution:calibration:options:engine:)``.
  public init(
    model: String, inDistribution: [String], calibration: [String] = [], options: FitOptions = FitOptions()
  ) async throws {
    try await self.init(
      model: URL(fileURLWithPath: model), inDistribution: inDistribution.map { try ImageSources.open($0) },
      calibration: calibration.map { try ImageSources.open($0) }, options: options, engine: Engine())
  }
}
