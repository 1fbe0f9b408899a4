import Foundation
import Testing
import TestSupport

/// `oddity score --maps`.
@Suite struct MapFolderTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  private enum Fitted {
    static let made = Result {
      let workshop = try Workshop.shared
      let fit = try workshop.oddity(
        "fit", Fixtures.url("residual.dyn.onnx").path, "--id", "id", "--preprocess", "spec.json", "--score",
        "featurenorm", "--no-signatures", "--with-map", "--output", "mapped.onnx")
      #expect(fit.status == 0, "\(fit.messages)")
    }
  }

  /// Images whose names differ only by a slash, two whose names differ only by a parent folder, and one with
  /// a long name.
  @Test func eachImageHasFilesOfItsOwn() throws {
    try Fitted.made.get()
    let files = FileManager.default
    let folder = workshop.folder.path("collisions")
    try files.createDirectory(atPath: "\(folder)/a", withIntermediateDirectories: true)
    let images = try files.subpathsOfDirectory(atPath: workshop.folder.path("id")).filter {
      $0.hasSuffix(".jpg")
    }
    let image = try #require(images.sorted().first)
    let long = String(repeating: "x", count: 230) + ".jpg"
    for name in ["a/b.jpg", "a_b.jpg", long] {
      try files.copyItem(atPath: workshop.folder.path("id/\(image)"), toPath: "\(folder)/\(name)")
    }
    let outcome = try workshop.oddity(
      "score", "mapped.onnx", "./collisions", "collisions/../collisions/a", "--maps", "maps")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let found = try files.subpathsOfDirectory(atPath: workshop.folder.path("maps")).filter {
      $0.hasSuffix(".npy")
    }
    #expect(found.count == 4 && found.contains("collisions/a/b.jpg.npy"), "\(found)")
    #expect(found.contains("collisions/a_b.jpg.npy"))
    #expect(!outcome.messages.contains("overwritten"))
    for name in found {
      let drawn = workshop.folder.path("maps/\(name.dropLast(4)).jpg")
      #expect(files.fileExists(atPath: drawn))
    }
  }

  @Test func aMapThatTakesThePlaceOfAnotherIsToldOf() throws {
    try Fitted.made.get()
    let images = try FileManager.default.subpathsOfDirectory(atPath: workshop.folder.path("id"))
    let image = try #require(images.sorted().first { $0.hasSuffix(".jpg") })
    let outcome = try workshop.oddity(
      "score", "mapped.onnx", "id/\(image)", "./id/\(image)", "--maps", "repeated-maps")
    #expect(outcome.messages.contains("1 map was overwritten"), "\(outcome.messages)")
  }

  @Test func whereThereIsNoMapNoFolderIsMade() throws {
    let fit = try workshop.oddity(
      "fit", Fixtures.url("residual.dyn.onnx").path, "--id", "id", "--preprocess", "spec.json", "--score",
      "energy", "--no-signatures", "--output", "unmapped.onnx")
    #expect(fit.status == 0, "\(fit.messages)")
    let outcome = try workshop.oddity("score", "unmapped.onnx", "id", "--maps", "no-maps")
    #expect(outcome.status == 2 && outcome.messages.contains("--with-map"))
    #expect(!FileManager.default.fileExists(atPath: workshop.folder.path("no-maps")))
    #expect(try workshop.oddity("score", "unmapped.onnx", "id", "--maps", "").status == 2)
  }
}
