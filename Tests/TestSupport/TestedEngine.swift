import Foundation

/// The engine that the tests run with: the one that the variable `ODDITY_ENGINE` names, as for a user, or
/// otherwise OpenVINO.
public enum TestedEngine {
  public static let isOpenVINO = ["", "openvino"].contains(
    ProcessInfo.processInfo.environment["ODDITY_ENGINE"] ?? "")
}
