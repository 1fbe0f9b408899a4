import Foundation
import Testing
import TestSupport

@testable import Imaging

/// A bad image causes an error that names it, says what to do, and has the correct code.
@Suite struct BadImageTests {
  private let reference: Reference<[String]>

  init() throws { reference = try Self.shared.get() }

  private static let shared = Result { try Reference<[String]>("bad_image_reference.py") }

  @Test(arguments: [
    ("empty.jpg", ImagingError.Code.empty),
    ("absent.jpg", .unreadable),
    ("folder.jpg", .unreadable),
    ("pipe.jpg", .unreadable),
    ("text.jpg", .notAnImage),
    ("one-byte.png", .notAnImage),
    ("picture.svg", .notAnImage),
    ("truncated.jpg", .truncated),
    ("no-end-marker.jpg", .truncated),
    ("truncated-progressive.jpg", .truncated),
    ("header-only.jpg", .truncated),
    ("truncated.png", .truncated),
    ("truncated.webp", .corrupt),
    ("truncated.tif", .truncated),
    ("truncated-plane.tif", .truncated),
    ("negative-length.tif", .truncated),
    ("truncated-planes.tif", .truncated),
    ("truncated.gif", .truncated),
    ("truncated.bmp", .truncated),
    ("truncated.ppm", .truncated),
    ("damaged.png", .corrupt),
    ("wrong-checksum.png", .corrupt),
    ("few-rows.png", .corrupt),
    ("inflating.png", .tooLarge),
    ("no-frame.jpg", .corrupt),
    ("enormous.png", .tooLarge),
    ("enormous.jpg", .tooLarge),
    ("enormous.bmp", .tooLarge),
    ("run-length.bmp", .unsupported),
    ("float.tif", .unsupported),
    ("integers.tif", .unsupported),
    ("ycbcr.tif", .unsupported),
    ("lab.tif", .unsupported),
    ("warned-and-damaged.jpg", .corrupt),
    ("beyond.pgm", .corrupt),
    ("no-greatest.pgm", .corrupt),
  ])
  func isNamed(file: String, code: ImagingError.Code) {
    let path = reference.folder.path(file)
    let error = #expect(throws: ImagingError.self) { try EncodedImage.file(path).decode() }
    #expect(error?.code == code, "\(error?.description ?? "")")
    #expect(error?.message.contains(path) == true)
  }

  /// An intact image of an unsupported kind is named as that kind, and never called damaged.
  @Test(arguments: [
    ("lossless.jpg", "is a lossless JPEG"),
    ("hierarchical.jpg", "is a hierarchical JPEG"),
    ("jpeg-ls.jpg", "is a JPEG-LS image"),
    ("twelve-bits.jpg", "is a JPEG of 12 bits a sample"),
    ("two-components.jpg", "is a JPEG of 2 components"),
    ("early-scans.jpg", "is a progressive JPEG without its last scans"),
    ("planes-in-ycbcr.tif", "is a TIFF in YCbCr of separate planes"),
    ("no-colours.tif", "is a TIFF that does not say what its samples mean"),
    ("twelve-bits.tif", "is a TIFF of 12 bits a sample"),
    ("other-inks.tif", "is a TIFF of other inks than CMYK"),
    ("three-inks.tif", "is a TIFF of other inks than CMYK"),
    ("no-palette.tif", "is a TIFF whose palette is not of 2^bits colours"),
    ("many-tiles.tif", "is a TIFF with too many small tiles"),
    ("unknown-coding.tif", "is a TIFF of compression 50002"),
    ("photo.heic", "is a HEIC image"),
    ("photo.avif", "is an AVIF image"),
    ("photo.jp2", "is a JPEG 2000 image"),
    ("photo.jxl", "is a JPEG XL image"),
    ("floats.pfm", "is a floating-point image (PFM)"),
    ("picture.pam", "is a PAM image"),
    ("picture.svg", "is an SVG drawing"),
    ("layers.psd", "is a Photoshop document"),
    ("site.ico", "is a Windows icon"),
    ("page.html", "is an HTML page"),
    ("paper.pdf", "is a PDF document"),
  ])
  func isCalledByItsName(file: String, words: String) {
    let path = reference.folder.path(file)
    let error = #expect(throws: ImagingError.self) { try EncodedImage.file(path).decode() }
    #expect(error?.message.contains("'\(path)' \(words)") == true, "\(error?.description ?? "")")
    #expect(error?.message.contains("convert it to") == true)
    #expect(error?.code == .unsupported || error?.code == .notAnImage)
  }

  @Test func anEnormousHeaderIsRefusedFast() {
    let path = reference.folder.path("enormous.png")
    let time = ContinuousClock().measure {
      _ = #expect(throws: ImagingError.self) { try EncodedImage.file(path).decode() }
    }
    #expect(time < .seconds(1))
  }

  @Test func thePixelLimitIsInclusive() throws {
    let image = EncodedImage.file(reference.folder.path("good.png"))
    _ = try image.decode(DecodingOptions(maximumPixels: 8 * 9))
    let error = #expect(throws: ImagingError.self) {
      try image.decode(DecodingOptions(maximumPixels: 8 * 9 - 1))
    }
    #expect(error?.code == .tooLarge)
  }

  /// Every truncation of every format causes an error, never a crash. Only the data after a PNG's pixels may
  /// be missing.
  @Test func truncationsAnywhereAreSafe() throws {
    for file in reference.manifest {
      let bytes = try reference.folder.bytes(file)
      let needed = bytes.count - (file.hasSuffix(".png") ? Self.behindPixelsOfPNG : 0)
      for count in stride(from: 0, to: needed, by: max(1, bytes.count / 60)) {
        let cut = EncodedImage.bytes(Array(bytes.prefix(count)), name: file)
        if let error = #expect(
          throws: ImagingError.self, "\(file) at \(count) of \(bytes.count)",
          performing: {
            try cut.decode()
          })
        {
          #expect(error.message.contains(file))
        }
      }
    }
  }

  /// Most of the checksum of all pixels, the checksum of their last chunk, and the chunk that ends the file.
  private static let behindPixelsOfPNG = 3 + 4 + 12

  /// libvips has one error text for all threads, but every image must get its own.
  @Test func textsDoNotMixBetweenThreads() async throws {
    let names = ["truncated.webp", "truncated.tif"]
    let alone = names.map { text(of: $0) }
    #expect(Set(alone).count == names.count)
    await withTaskGroup(of: Bool.self) { group in
      for round in 0..<120 {
        group.addTask { text(of: names[round % names.count]) == alone[round % names.count] }
      }
      for await isSame in group { #expect(isSame) }
    }
  }

  private func text(of file: String) -> String {
    do throws(ImagingError) {
      _ = try EncodedImage.file(reference.folder.path(file)).decode()
      return "no error"
    } catch {
      return error.underlying ?? "no text"
    }
  }
}
