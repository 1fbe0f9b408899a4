import Foundation
import ONNXRuntime
import OpenVINORuntime

/// An engine on this machine, if it was found.
public struct FoundEngine: Sendable {
  public let name: EngineChoice.Name
  /// The engine, or why it cannot be used.
  public let state: Result<Found, EngineError>
  /// What the loader tries, in this order, until it can open one: paths, and bare names that it looks up
  /// itself.
  public let searched: [String]
  /// The environment variable that replaces the search.
  public let variable: String
  /// Whether the user has named the library.
  let isNamed: Bool

  public struct Found: Sendable {
    public let version: String
    /// The path of the library.
    public let library: String
    /// The devices that it has here, in the form of `--device`.
    public let devices: [String]
  }

  /// Both engines, the default one first.
  public static func all() -> [FoundEngine] { EngineChoice.Name.allCases.map(FoundEngine.init) }

  private init(_ name: EngineChoice.Name) {
    self.name = name
    let search =
      switch name {
      case .openvino: OpenVINOEngine.search
      case .onnxruntime: ONNXRuntimeEngine.search
      }
    (searched, variable, isNamed) = (search.candidates(), search.variable, search.isNamed)
    state = Result { () throws(EngineError) in
      let engine = try Engine(EngineChoice(name))
      return Found(version: engine.version, library: engine.libraryPath, devices: try engine.devices())
    }
  }
}
