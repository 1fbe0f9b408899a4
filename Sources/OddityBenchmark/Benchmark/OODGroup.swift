/// How far OOD images are from the ID images, as OpenOOD divides its sets (Zhang et al., *OpenOOD v1.5*, 2023).
public enum OODGroup: String, Sendable, Codable, CaseIterable {
  /// Of other classes, but of a kind with the ID images, such as CIFAR-100 beside CIFAR-10.
  case near
  /// Of another kind, such as digits beside photographs.
  case far

  /// What tables call it.
  package var title: String { "\(rawValue)-OOD" }
}
