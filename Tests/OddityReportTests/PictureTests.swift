import Foundation
import Imaging
import Oddity
import Testing
import TestSupport

@testable import OddityReport

@Suite struct PictureTests {
  @Test func extremesAreTheEndsOfTheOrder() {
    let extremes = Extremes(scores: [3, 1, .nan, 2, 5, 4], count: 2)
    #expect(extremes.most == [4, 5] && extremes.least == [2, 1])
    #expect(Extremes(scores: [1, 1, 1, 1], count: 2) == Extremes(scores: [7, 7, 7, 7], count: 2))
  }

  @Test(arguments: 0...7)
  func noImageIsShownTwice(count: Int) {
    let extremes = Extremes(scores: (0..<count).map(Float.init), count: 3)
    let shown = extremes.most + extremes.least
    #expect(Set(shown).count == shown.count && shown.count == min(count, 6))
  }

  @Test func stripsShareTheBudget() {
    #expect(PictureStrip.countOnASide(strips: 1) == 10 && PictureStrip.countOnASide(strips: 10) == 10)
    #expect(PictureStrip.countOnASide(strips: 25) == 4 && PictureStrip.countOnASide(strips: 500) == 1)
    #expect(PictureStrip.countOnASide(strips: 0) == 10)
  }

  /// JPEG compresses noise least.
  @Test func twoHundredPicturesOfNoiseStayBelowTwoMegabytes() throws {
    var generator = SplitMix64(seed: 1)
    let pictures = try (0..<PictureStrip.budget).map { index in
      let noise = PixelImage(
        width: 224, height: 224, channels: 3,
        pixels: (0..<224 * 224 * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
      return Picture(
        thumbnail: try Thumbnail(noise, side: Picture.side, quality: Picture.quality), name: "\(index).png",
        score: 0.5, pValue: 0.25, isFlagged: index.isMultiple(of: 2))
    }
    let html = Page(title: "noise", summary: [], sections: pictures.map(\.markup)).html
    let page = try ParsedPage(html)
    #expect(page.all("img").count == 200)
    #expect(page.all("img").allSatisfy { $0.attributes["alt"]?.isEmpty == false })
    #expect(html.utf8.count < 1_700_000, "\(html.utf8.count)")
  }

  @Test func theyAreReadFromAllSourcesInTheOrderAskedFor() throws {
    let folder = try TemporaryFolder()
    let sources = try [UInt8(20), 220].map { level in
      let url = folder.url.appending(path: "\(level).npy")
      try NumPyFile.write(
        Array(repeating: level, count: 3 * 8 * 8 * 3), shape: [3, 8, 8, 3], to: url)
      return try ImageSources.open(url.path)
    }
    let reader = PictureReader(preprocessing: try preprocessing(), sources: sources)
    let requests = [(1, 2), (0, 1), (1, 0)].map { source, position in
      PictureReader.Request(source: source, position: position, score: 1, pValue: 0.5, isFlagged: false)
    }
    let pictures = reader.pictures(of: requests)
    #expect(pictures.map { $0.name.suffix(6) } == ["npy#2", "npy#1", "npy#0"].map { "." + $0 })
    let levels = try pictures.map { picture in
      let jpeg = try #require(picture.thumbnail).jpeg
      guard case .pixels(let image) = try EncodedImage.bytes(jpeg, name: "thumbnail").decode() else {
        return UInt8(0)
      }
      return image.pixels[0]
    }
    #expect(levels == [220, 20, 220])
  }

  @Test func whatCannotBeReadAgainIsLeftBlank() throws {
    let folder = try TemporaryFolder()
    try Data("no image".utf8).write(to: folder.url.appending(path: "a.png"))
    let source = try ImageSources.open(folder.url.path)
    let request = PictureReader.Request(source: 0, position: 0, score: 1, pValue: 0.5, isFlagged: true)
    let pictures = PictureReader(preprocessing: try preprocessing(), sources: [source])
      .pictures(of: [request])
    #expect(pictures.map { $0.thumbnail == nil } == [true])
    #expect(try ParsedPage(pictures[0].markup.serialized).all("img").isEmpty)
  }

  @Test func namesAreEscapedAndScoresAreTold() throws {
    let thumbnail = try Thumbnail(
      PixelImage(width: 2, height: 1, channels: 1, pixels: [0, 255]), side: 80, quality: 75)
    let picture = Picture(
      thumbnail: thumbnail, name: "odd/<b>\"&.png", score: 0.125, pValue: 0.04, isFlagged: true)
    let image = try #require(try ParsedPage(picture.markup.serialized).all("img").first)
    #expect(
      image.attributes["alt"] == "odd/<b>\"&.png: score 0.1250, p-value 0.0400, flagged")
    #expect(image.attributes["src"]?.hasPrefix("data:image/jpeg;base64,/9j/") == true)
  }

  private func preprocessing() throws -> ResolvedPreprocessing {
    try Preprocessing.cifar.resolved(inputShape: [nil, 3, 8, 8])
  }
}
