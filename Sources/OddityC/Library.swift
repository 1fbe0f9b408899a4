import CLAPACK
import COddity
import CVips
import Foundation
import Oddity
import OddityCommand
import Engines

/// Never freed, because the version may be requested at any time.
nonisolated(unsafe) private let version = strdup(oddityVersion)

@c @implementation
public func oddity_version() -> UnsafePointer<CChar>? { UnsafePointer(version) }

@c @implementation
public func oddity_abi() -> Int32 { Int32(ODDITY_ABI) }

@c @implementation
public func oddity_use_library(
  _ name: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let name = try requiredText(name, "name")
    guard let library = OpenedLibrary(rawValue: name) else {
      let known = OpenedLibrary.allCases.map(\.rawValue).joined(separator: ", ")
      throw Failure.usage("no library is called '\(name)': name one of \(known)")
    }
    library.use(try requiredText(path, "path"))
  }
}

@c @implementation
public func oddity_free(_ handle: oddity_handle, _ error: UnsafeMutablePointer<oddity_error>?) -> Int32 {
  attempt(error) { try Handles.remove(handle) }
}

/// The libraries that are opened at run time.
private enum OpenedLibrary: String, CaseIterable {
  case openvino, onnxruntime, openblas, vips

  func use(_ path: String) {
    switch self {
    case .openvino: Engine.use(library: path, of: .openvino)
    case .onnxruntime: Engine.use(library: path, of: .onnxruntime)
    case .openblas: clapack_use(path)
    case .vips: cvips_use(path)
    }
  }
}
