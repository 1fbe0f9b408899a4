import Imaging

/// The lines of a file that a person or another program wrote.
package enum TextLines {
  /// - Throws: ``OddityError`` `.badData` if it is neither UTF-8 nor UTF-16.
  package static func read(_ bytes: [UInt8], path: String) throws(OddityError) -> [ArraySlice<UInt8>] {
    do throws(ImagingError) {
      return TextFile.lines(try TextFile.utf8(bytes, name: path))
    } catch {
      throw OddityError(.badData, "\(error)", underlying: error)
    }
  }
}
