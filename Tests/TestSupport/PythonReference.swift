import Foundation

/// Runs the independent Python implementations in `Tests/Reference`, with which results are compared.
///
/// The interpreter is the one that `ODDITY_PYTHON` names, or otherwise `.build-python/bin/python` in the
/// package's root, which the set-up creates.
public enum PythonReference {
  /// The root of the package.
  public static let packageRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Why a reference gave no result.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// Runs a script with `input` as JSON on its standard input, and decodes the JSON that it prints.
  ///
  /// Numbers that JSON cannot represent are sent as the strings "nan", "inf" and "-inf" in both directions.
  /// Python's `float` reads these strings.
  ///
  /// - Parameter script: a file name in `Tests/Reference`.
  public static func run<Output: Decodable>(
    _ script: String, _ input: some Encodable, as output: Output.Type = Output.self
  ) throws -> Output {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(Output.self, from: run(script, standardInput: encoder.encode(input)))
  }

  /// Runs a script of `Tests/Reference` and returns its output.
  ///
  /// - Parameter environment: variables in addition to those of this process. A script that needs some gets a
  ///   new interpreter.
  public static func run(
    _ script: String, arguments: [String] = [], standardInput: Data = Data(),
    environment: [String: String] = [:]
  ) throws -> Data {
    let path = packageRoot.appending(path: "Tests/Reference/\(script)").path
    let folder = try TemporaryFolder()
    func file(_ name: String) -> URL { folder.url.appending(path: name) }
    try standardInput.write(to: file("input"))
    for name in ["output", "messages"] { try Data().write(to: file(name)) }
    let status: Int32
    if environment.isEmpty {
      status = try worker.get().run(path, arguments, in: folder)
    } else {
      let process = Process()
      process.executableURL = URL(filePath: try interpreter())
      process.arguments = [path] + arguments
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      process.standardInput = try FileHandle(forReadingFrom: file("input"))
      process.standardOutput = try FileHandle(forWritingTo: file("output"))
      process.standardError = try FileHandle(forWritingTo: file("messages"))
      try process.run()
      process.waitUntilExit()
      status = process.terminationStatus
    }
    guard status == 0 else {
      let messages = String(decoding: try Data(contentsOf: file("messages")), as: UTF8.self)
      throw Failure(description: "\(script) exited with \(status): \(messages.suffix(2_000))")
    }
    return try Data(contentsOf: file("output"))
  }

  private static let worker = Result { try PythonWorker(interpreter: interpreter()) }

  private static func interpreter() throws -> String {
    let path =
      ProcessInfo.processInfo.environment["ODDITY_PYTHON"]
      ?? packageRoot.appending(path: ".build-python/bin/python").path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Failure(
        description:
          "no Python at \(path): run `make test`, which sets it up, or point ODDITY_PYTHON at one with "
          + "numpy, scipy and scikit-learn")
    }
    return path
  }
}
