import Foundation
import Imaging
import OddityScores
import OpenVINORuntime

extension Detector {
  /// Loads and compiles a guarded model from its path.
  ///
  /// - Throws: ``OddityError`` `.notGuarded` for a plain classifier, and the engine's errors.
  public init(_ path: String, options: RunOptions = RunOptions()) throws {
    try self.init(contentsOf: URL(fileURLWithPath: path), engine: Engine(), options: options)
  }

  /// Scores a folder of images, an image, an archive or an array, as ``ImageSources`` opens it.
  ///
  /// - Throws: as ``score(_:selecting:consume:)``, and where the source cannot be opened.
  public func score(_ source: String, consume: (Outcome) throws -> Void) async throws {
    try await score(ImageSources.open(source), consume: consume)
  }

  /// Scores one image that is in memory: the content of a JPEG, PNG, WebP, TIFF, GIF, BMP or PNM file. Several go into a
  /// ``MemorySource``.
  ///
  /// - Parameters:
  ///   - data: such as a `Data` or an array of bytes.
  ///   - name: what errors call the image.
  /// - Throws: ``ImagingError`` where it cannot be decoded.
  public func score(_ data: some Collection<UInt8>, name: String = "the image") async throws -> ScoredImage {
    let answers = try await score([input(EncodedImage(data, name: name), name: name)])
    guard let answer = answers.first else { throw ImagingError(.noImages, "'\(name)' is no image") }
    return answer.image
  }
}
