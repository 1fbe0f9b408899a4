import Foundation
import Testing
import TestSupport

@testable import Imaging

/// Unusual names, links, packings and damage. Every source has the images that Python and the file system
/// find in it.
@Suite struct ArchiveTests {
  struct Expected: Decodable, Sendable {
    let sources: [String: [[String?]]]
    /// Sources that cannot be opened, with the error's code. If two codes are correct, both are listed.
    let broken: [String: String]
  }

  private let reference: Reference<Expected>

  init() throws { reference = try Self.shared.get() }

  private static let shared = Result { try Reference<Expected>("archive_reference.py") }

  @Test func everySourceHasItsImages() throws {
    #expect(reference.manifest.sources.count >= 39)
    for (name, expected) in reference.manifest.sources.sorted(by: { $0.key < $1.key }) {
      let source = try ImageSources.open(spec(name))
      let images = try read(source).map { image in
        let item = source.items[image.index]
        let hash = try? image.payload.get().contentHash()
        return [item.path, hex(item.id), hash.map(hex)]
      }
      #expect(sorted(images) == sorted(expected), "\(name)")
    }
  }

  /// Every second image, from the last to the first. The images between them are skipped, but links are still
  /// resolved.
  @Test(arguments: ["links.tar", "links.tar.gz", "links.tar.xz", "links.zip", "names-pax.tar"])
  func aShareOfTheImagesIsTheSameImages(name: String) throws {
    let source = try ImageSources.open(spec(name))
    let all = try read(source)
    let share = try read(source, selecting: stride(from: source.items.count - 1, to: -1, by: -2).reversed())
    #expect(share.count == (all.count + 1) / 2)
    for image in share { #expect(hash(image) == hash(all[image.index])) }
  }

  @Test func whatCannotBeReadIsNamed() throws {
    for (name, code) in reference.manifest.broken.sorted(by: { $0.key < $1.key }) {
      let path = spec(name)
      let error = #expect(throws: ImagingError.self, "\(name)") { try ImageSources.open(path) }
      let found = error?.code.rawValue ?? ""
      #expect(code.components(separatedBy: " or ").contains(found), "\(name): \(error?.description ?? "")")
      #expect(error?.message.contains(path) == true, "\(error?.description ?? "")")
    }
  }

  @Test func aLinkToNowhereNamesItsMember() throws {
    let source = try ImageSources.open(spec("lost.tar"))
    let errors = try read(source).compactMap { image -> String? in
      guard case .failure(let error) = image.payload else { return nil }
      return error.message
    }
    #expect(errors.count == 2)
    #expect(errors[0].contains("lost.tar/photos' is a link to '/mnt/photos', which leaves the archive"))
    #expect(errors[1].contains("lost.tar/hard.png' is a link to 'absent.png', which is not in the archive"))
  }

  @Test func aTarInMemoryFollowsItsLinks() throws {
    func images(_ name: String) throws -> [EncodedImage] {
      try TarBytes.images(reference.folder.bytes(name), name: "the tar", limits: .default)
    }
    let names = try images("names-pax.tar")
    #expect(names.count == 11)
    #expect(names[0].name == "caf\\xe9.png")
    let error = #expect(throws: ImagingError.self) { try images("lost.tar") }
    #expect(error?.message.contains("hard.png") == true || error?.message.contains("photos") == true)
    #expect(throws: ImagingError.self) { try images("crc.tar.gz") }
  }

  private func spec(_ name: String) -> String {
    name.hasPrefix("@") ? "@" + reference.folder.path(String(name.dropFirst())) : reference.folder.path(name)
  }

  private func hash(_ image: ReadImage) -> UInt64? { try? image.payload.get().contentHash() }

  private func hex(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private func sorted(_ rows: [[String?]]) -> [[String?]] { rows.sorted { ($0[1] ?? "") < ($1[1] ?? "") } }
}

/// File names, which are bytes, as texts.
@Suite struct FileNameTests {
  @Test func everyNameHasATextOfItsOwn() {
    var generator = SystemRandomNumberGenerator()
    let pieces: [[UInt8]] = [
      Array("a".utf8), Array("é".utf8), [0xe9], [0xf4, 0x8f, 0xba, 0x80], [0xf4], [0x8f, 0xba],
      Array("\\".utf8),
      Array("xe9".utf8), [0xed, 0xa0, 0x80], [0xff], Array("😀".utf8),
    ]
    var texts: [String: [UInt8]] = [:]
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...6, using: &generator)).flatMap { _ in pieces.randomElement() ?? [] }
      let text = FileName.text(bytes)
      #expect(FileName.bytes(text) == bytes)
      let shown = FileName.shown(text)
      #expect(String(validating: shown.utf8, as: UTF8.self) != nil && !FileName.hasStandIns(shown))
      #expect(texts.updateValue(bytes, forKey: shown) ?? bytes == bytes, "\(shown)")
      #expect(unescaped(shown) == bytes)
    }
  }

  @Test func namesAreShownAsDocumented() {
    #expect(FileName.shown(FileName.text(Array("caf".utf8) + [0xe9])) == #"caf\xe9"#)
    #expect(FileName.shown(#"caf\xe9"#) == #"caf\x5cxe9"#)
    #expect(FileName.shown(#"C:\xylo\x4"#) == #"C:\xylo\x4"#)
  }

  @Test func messagesHoldNoControlCharacters() {
    let name = FileName.text(Array("e\u{1b}[31m\n\u{9b}".utf8) + [0xe9])
    let error = ImagingError(.empty, "'\(name)' is empty")
    #expect(error.message == #"'e\x1b[31m\x0a\xc2\x9b\xe9' is empty"#)
  }

  /// The documented rule: every `\xHH` is the byte HH.
  private func unescaped(_ shown: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Substring(shown)
    while let next = rest.firstMatch(of: /\\x([0-9a-f]{2})/) {
      bytes += Array(rest[..<next.range.lowerBound].utf8) + [UInt8(next.1, radix: 16) ?? 0]
      rest = rest[next.range.upperBound...]
    }
    return bytes + Array(rest.utf8)
  }
}
