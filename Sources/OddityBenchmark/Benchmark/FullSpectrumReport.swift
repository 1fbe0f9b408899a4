/// Full-spectrum OOD detection. It compares the OOD sets with ID images and shifted ID images together, since a detector should accept
/// both.
///
/// Source: Yang et al., *Full-Spectrum Out-of-Distribution Detection*, IJCV 2023; as OpenOOD v1.5 measures it.
public struct FullSpectrumReport: Codable, Sendable, Equatable {
  /// Share classified correctly, of all these ID images whose class is known; nil where none is.
  public let idAccuracy: Double?
  /// How many of them have a known class.
  public let idAccuracyImages: Int
  public let shifted: [ShiftedSet]
  public let table: MethodTable

  /// Images of the classifier's classes that have shifted.
  public struct ShiftedSet: Codable, Sendable, Equatable {
    public let name: String
    /// Those that were measured.
    public let images: Int
    /// Of those whose class is known; nil where none is.
    public let accuracy: Double?
    public let accuracyImages: Int

    private enum CodingKeys: String, CodingKey {
      case name, images, accuracy
      case accuracyImages = "accuracy_images"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case idAccuracy = "id_accuracy"
    case idAccuracyImages = "id_accuracy_images"
    case shifted, table
  }
}
