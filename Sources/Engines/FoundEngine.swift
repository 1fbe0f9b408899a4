import Foundation
import ONNXRuntime
import OpenVINORuntime

/// What there is of an engine on this machine.
public struct FoundEngine: Sendable {
  public let name: EngineChoice.Name
  /// What it is, or why it cannot be used.
  public let state: Result<Found, EngineError>
  /// What the loader is given, in this order, until it opens one: paths, and bare names, which it looks up itself.
  public let searched: [String]
  /// Names the library in place of the search.
  public let variable: String
  /// Whether somebody has named the library.
  let isNamed: Bool

  public struct Found: Sendable {
    public let version: String
    /// Where the library lies.
    public let library: String
    /// What it can compute on here, as `--device` takes it.
    public let devices: [String]
  }

  /// Both engines, that which is taken by default first.
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
