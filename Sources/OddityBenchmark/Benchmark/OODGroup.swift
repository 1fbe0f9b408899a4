/// How far OOD images are from the ID images, in the groups of OpenOOD (Zhang et al., *OpenOOD v1.5*, 2023).
public enum OODGroup: String, Sendable, Codable, CaseIterable {
  /// Other classes of the same kind of images, such as CIFAR-100 with CIFAR-10.
  case near
  /// Another kind of images, such as digits with photographs.
  case far

  /// The name in tables.
  package var title: String { "\(rawValue)-OOD" }
}
