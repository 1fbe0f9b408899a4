import Foundation

/// The sources of images that a user can name.
public enum ImageSources {
  /// Opens and lists a source.
  ///
  /// - Parameter spec: a folder (searched at any depth, in byte order of the relative path), an image, a tar
  ///   (plain, or compressed with gzip, xz, bzip2 or zstd) or zip of images (in archive order), an IDX file
  ///   with or without gzip (with labels in the same folder), a CIFAR-10 or CIFAR-100 binary file, `.npy` or
  ///   `.npz` (uint8 NHWC or NHW, preprocessed float32 NCHW, or one image, HWC or CHW), `@FILE` for a text
  ///   file of paths, or `-` for paths on standard input. Listed paths are relative to the current folder,
  ///   and may be followed by the index of a class. Images of OpenOOD's lists are found where OpenOOD stores
  ///   them.
  /// - Throws: `ImagingError`: `unreadable`, `empty`, `tooLarge` (a list), `noImages`, `badSource`,
  ///   `truncated`, `archiveLimit`, `unsupported`, or `decoderMissing`. A bad image gives none of these: it
  ///   fails when it is read.
  public static func open(_ spec: String) throws(ImagingError) -> any ImageSource {
    try open(spec, limits: .default)
  }

  package static func open(_ spec: String, limits: ArchiveLimits) throws(ImagingError) -> any ImageSource {
    if let source = NamedSources.current.find(spec) { return source }
    if spec == "-" { return try FileListSource(list: content(of: STDIN_FILENO), description: "-") }
    if spec.utf8.first == UInt8(ascii: "@") {
      let file = String(Substring(spec.utf8.dropFirst()))
      return try FileListSource(list: FileBytes.read(file), description: spec)
    }
    if FileKind.isFolder(spec) { return try FileListSource(folder: spec) }
    switch try FileKind(spec) {
    case .image: return FileListSource(image: spec)
    case .tar: return try TarSource(spec, limits: limits)
    case .zip: return try ZipSource(spec, limits: limits)
    case .idx: return try IDXSource.open(spec, limits: limits)
    case .cifar: return try CIFARSource.open(spec)
    case .npy: return try NumPySource.openArray(spec, limits: limits)
    case .npz: return try NumPySource.openArchive(spec, limits: limits)
    }
  }

  /// Opens several sources in their order. Adjacent images and lists become one source, so that a thousand
  /// files on the command line are read as fast as a folder.
  ///
  /// If one cannot be opened, it becomes an image that cannot be read, provided that there are other sources
  /// or that it has the name of an image.
  ///
  /// - Parameter needsAll: whether a source of several images that cannot be opened ends the run, because its
  ///   number of images is unknown.
  /// - Throws: as ``open(_:)``, if it is the only source or all are needed, or if a library is missing.
  package static func openJoiningImages(
    _ specs: [String], needsAll: Bool = false
  ) throws(ImagingError) -> [any ImageSource] {
    var sources: [any ImageSource] = []
    var (images, failures): ([ImageItem], [Int: ImagingError]) = ([], [:])
    func endRun() {
      if let first = images.first {
        sources.append(FileListSource(description: first.name, items: images, failures: failures))
      }
      (images, failures) = ([], [:])
    }
    for spec in specs {
      let source = try openOrFail(spec, mustOpen: needsAll || specs.count == 1)
      if let list = source as? FileListSource, !FileKind.isFolder(spec) {
        for (index, error) in list.failures { failures[images.count + index] = error }
        images += list.items
      } else {
        endRun()
        sources.append(source)
      }
    }
    endRun()
    return sources
  }

  private static func openOrFail(_ spec: String, mustOpen: Bool) throws(ImagingError) -> any ImageSource {
    do throws(ImagingError) {
      return try open(spec)
    } catch {
      let isImage = ImageFormat.hasImageExtension(spec) && !FileKind.isFolder(spec)
      guard error.code != .decoderMissing, !mustOpen || isImage else { throw error }
      return FileListSource(failed: spec, error)
    }
  }

  /// The whole content of standard input or another pipe.
  static func content(of descriptor: Int32) throws(ImagingError) -> [UInt8] {
    do {
      return try Array(FileHandle(fileDescriptor: descriptor).readToEnd() ?? Data())
    } catch {
      throw ImagingError(
        .unreadable, "standard input cannot be read; give one path a line", underlying: "\(error)")
    }
  }
}
