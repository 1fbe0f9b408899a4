import Foundation
import Testing
import TestSupport

@testable import Imaging

/// A bad source causes an error that names it, says what to do, and has the correct code.
@Suite struct BadSourceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try Self.shared.get().folder }

  private static let shared = Result { try Reference<[String]>("bad_source_reference.py") }

  @Test(arguments: [
    ("absent", ImagingError.Code.unreadable),
    ("pipe", .unreadable),
    ("@absent", .unreadable),
    ("@empty-list.txt", .noImages),
    ("no-images", .noImages),
    ("no-images.tar", .noImages),
    ("truncated.tar", .truncated),
    ("truncated.tar.gz", .truncated),
    ("damaged.tar", .badSource),
    ("not-a.tar", .badSource),
    ("empty.tar", .empty),
    ("bomb.tar.gz", .archiveLimit),
    ("many-bombs.tar.gz", .archiveLimit),
    ("short-images-idx3-ubyte", .truncated),
    ("packed-images-idx3-ubyte.gz", .truncated),
    ("cut-images-idx3-ubyte.gz", .truncated),
    ("huge-images-idx3-ubyte.gz", .truncated),
    ("zero-images-idx3-ubyte", .noImages),
    ("zero-enormous-images-idx3-ubyte", .badSource),
    ("largest-images-idx3-ubyte", .truncated),
    ("largest-images-idx3-ubyte.gz", .truncated),
    ("flat-images-idx3-ubyte", .badSource),
    ("only-labels-idx1-ubyte", .badSource),
    ("odd-images-idx3-ubyte", .badSource),
    ("bad-images-idx3-ubyte", .badSource),
    ("honest-bomb-images-idx3-ubyte.gz", .archiveLimit),
    ("plain.gz", .badSource),
    ("fortran.npy", .unsupported),
    ("doubles.npy", .unsupported),
    ("channels-first.npy", .unsupported),
    ("no-rows.npy", .noImages),
    ("no-pixels.npy", .unsupported),
    ("flat.npy", .unsupported),
    ("objects.npy", .unsupported),
    ("truncated.npy", .truncated),
    ("header.npy", .truncated),
    ("overflow.npy", .truncated),
    ("digits.npy", .truncated),
    ("text.npy", .badSource),
    ("ambiguous.npz", .badSource),
    ("no-images.npz", .badSource),
    ("short-labels.npz", .badSource),
    ("float-labels.npz", .unsupported),
    ("bomb.npz", .archiveLimit),
    ("truncated.npz", .truncated),
    ("odd.bin", .badSource),
    ("empty.bin", .empty),
    ("data.h5", .unsupported),
    ("data.parquet", .unsupported),
    ("pointer.zip", .unreadable),
    ("@picture.png", .badSource),
    ("@good.tar.gz", .badSource),
  ])
  func isNamed(name: String, code: ImagingError.Code) {
    let path = spec(name)
    let error = #expect(throws: ImagingError.self) { try ImageSources.open(path) }
    #expect(error?.code == code, "\(error?.description ?? "")")
    let file = folder.path(name.replacing("@", with: ""))
    #expect(error?.message.contains(stem(file)) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["prefixed.zip", "commented.zip"])
  func zipsAreFoundByTheirEnd(name: String) throws {
    let images = try read(ImageSources.open(folder.path(name)))
    #expect(images.count == 1)
    for image in images { _ = try image.payload.get().decode() }
  }

  /// With Python 2's long integers, and with the quotes of other programs.
  @Test(arguments: [
    "{'descr': '|u1', 'fortran_order': False, 'shape': (1L, 2L, 5L), }",
    #"{"descr": "|u1", "fortran_order": False, "shape": (1, 2, 5)}"#,
  ])
  func headersOfOtherWritersAreRead(header: String) throws {
    let length = [UInt8(header.utf8.count), 0]
    let parsed = try NumPyHeader(NumPyHeader.magic + [1, 0] + length + Array(header.utf8), name: "a.npy")
    #expect(parsed.shape == [1, 2, 5] && parsed.type == "|u1")
  }

  @Test(arguments: ["mixed", "one-bad.tar"])
  func oneBadImageDoesNotStopTheRest(name: String) throws {
    let source = try ImageSources.open(spec(name))
    let outcomes = try read(source).map { image in
      do throws(ImagingError) {
        _ = try image.payload.get().decode()
        return ImagingError.Code?.none
      } catch {
        #expect(error.message.contains(source.items[image.index].name))
        return error.code
      }
    }
    #expect(outcomes == [nil, .notAnImage, .empty, nil] + (name == "mixed" ? [.unreadable] : []))
  }

  @Test func nothingIsInflatedBeyondWhatTheHeaderDeclares() throws {
    let source = try ImageSources.open(spec("bomb-images-idx3-ubyte.gz"))
    #expect(try read(source).count == 3)
  }

  @Test(arguments: [
    ArchiveLimits(maximumEntries: 3), ArchiveLimits(maximumEntryBytes: 100),
    ArchiveLimits(maximumTotalBytes: 2000, ratioFreeBytes: 0),
    ArchiveLimits(maximumInflation: 0, ratioFreeBytes: 0),
  ])
  func limitsHold(limits: ArchiveLimits) {
    let error = #expect(throws: ImagingError.self) {
      let source = try ImageSources.open(spec("good.tar"), limits: limits)
      _ = try read(source)
    }
    #expect(error?.code == .archiveLimit)
  }

  @Test func limitsAreInclusive() throws {
    let source = try ImageSources.open(spec("good.tar"), limits: ArchiveLimits(maximumEntries: 4))
    #expect(try read(source).count == 4)
  }

  @Test func anArchiveThatChangesIsAnError() throws {
    let path = try folder.write("changing.tar", folder.bytes("good.tar"))
    let source = try ImageSources.open(path)
    try folder.write("changing.tar", folder.bytes("one-bad.tar"))
    let error = #expect(throws: ImagingError.self) { try read(source) }
    #expect(error?.code == .badSource)
    #expect(error?.message.contains("changed") == true)
  }

  private func spec(_ name: String) -> String {
    name.hasPrefix("@") ? "@" + folder.path(String(name.dropFirst())) : folder.path(name)
  }

  /// If labels are wrong, the message names their file instead of the images' file.
  private func stem(_ path: String) -> String {
    path.components(separatedBy: "images-idx3").first ?? path
  }
}
