/// Full-spectrum OOD detection. It compares the OOD sets with ID images and shifted ID images together,
/// because a detector should accept both.
///
/// Source: Yang et al., *Full-Spectrum Out-of-Distribution Detection*, IJCV 2023; as OpenOOD v1.5 measures it.
public struct FullSpectrumReport: Codable, Sendable, Equatable {
  /// The share of all these ID images that are classified correctly, among those whose class is known; nil if
  /// there are none.
  public let idAccuracy: Double?
  /// The number of these images whose class is known.
  public let idAccuracyImages: Int
  public let shifted: [ShiftedSet]
  public let table: MethodTable

  /// Shifted images of the classifier's classes.
  public struct ShiftedSet: Codable, Sendable, Equatable {
    public let name: String
    /// The number of images that were measured.
    public let images: Int
    /// The accuracy on the images whose class is known; nil if there are none.
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
