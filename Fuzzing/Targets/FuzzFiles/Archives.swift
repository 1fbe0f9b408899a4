import Harness
import Imaging

/// Archives, arrays and lists: files that hold many images.
enum Archives {
  static let targets: [FuzzTarget] =
    ["tar", "packed", "zip", "npy", "npz", "idx"].map { name in
      FuzzTarget(name) { try readAll($0, named: "input") }
    }
    // A CIFAR file is recognised only by its name and size.
    + [
      FuzzTarget("cifar") { try readAll($0, named: "data_batch_1.bin") },
      FuzzTarget("list") { try readList($0) },
    ]

  /// Limits the work to about a tenth of a second.
  private static let limits = {
    var limits = ArchiveLimits.default
    limits.maximumEntries = 1_000
    limits.maximumEntryBytes = 1 << 20
    limits.maximumTotalBytes = 16 << 20
    limits.ratioFreeBytes = 1 << 20
    return limits
  }()

  private static func readAll(_ bytes: [UInt8], named name: String) throws {
    try read(ImageSources.open(InputFile.path(holding: bytes, named: name), limits: limits))
  }

  private static func readList(_ bytes: [UInt8]) throws {
    try read(ImageSources.open("@" + InputFile.path(holding: bytes, named: "list.txt"), limits: limits))
  }

  /// Reads every image, and decodes it like the product.
  private static func read(_ source: any ImageSource) throws {
    _ = try source.tensorRange()
    let reader = try source.reader(selecting: nil)
    var images = 0
    while let (index, payload) = try reader.next() {
      precondition(source.items.indices.contains(index), "an image that the source does not list")
      images += 1
      if images <= 8, case .success(let image) = payload { try? Images.check(image) }
    }
    precondition(images <= source.items.count, "more images than the source lists")
  }
}
