import Foundation
import Synchronization

/// One Python process for all references, which forks for every script. In a new process, importing the
/// modules takes longer than most scripts compute. `Tests/Reference/worker.py` is the other end. It ends with
/// this process.
final class PythonWorker: Sendable {
  private struct Request: Encodable {
    let id: Int
    let script: String
    let arguments: [String]
    let folder: String
  }

  private struct State {
    var count = 0
    var waiting: [Int: DispatchSemaphore] = [:]
    var statuses: [Int: Int32] = [:]
    var hasEnded = false
  }

  private let requests: FileHandle
  private let state = Mutex(State())

  init(interpreter: String) throws {
    let (requests, answers) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(filePath: interpreter)
    process.arguments = [PythonReference.packageRoot.appending(path: "Tests/Reference/worker.py").path]
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
    self.requests = requests.fileHandleForWriting
    Thread.detachNewThread { self.read(answers.fileHandleForReading) }
  }

  /// Runs a script to its end.
  ///
  /// - Parameter folder: contains the files `input`, `output` and `messages`, which are its standard streams.
  /// - Returns: its exit status, or the negative number of the signal that ended it.
  func run(_ script: String, _ arguments: [String], in folder: TemporaryFolder) throws -> Int32 {
    let done = DispatchSemaphore(value: 0)
    let id = try state.withLock { state in
      guard !state.hasEnded else { throw PythonReference.Failure(description: "worker.py has ended") }
      state.count += 1
      state.waiting[state.count] = done
      let request = Request(id: state.count, script: script, arguments: arguments, folder: folder.url.path)
      try requests.write(contentsOf: JSONEncoder().encode(request) + Data("\n".utf8))
      return state.count
    }
    done.wait()
    guard let status = state.withLock({ $0.statuses.removeValue(forKey: id) }) else {
      throw PythonReference.Failure(description: "worker.py ended before it answered")
    }
    return status
  }

  /// The available bytes, at least one; empty at the end. A signal, which some tests send, may interrupt the
  /// wait. `FileHandle.availableData` would then end the process.
  private static func piece(_ descriptor: Int32) -> Data {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = Foundation.read(descriptor, &bytes, bytes.count)
      if count >= 0 { return Data(bytes[..<count]) }
      if errno != EINTR { return Data() }
    }
  }

  /// Passes each status to the caller that waits for it, until the worker ends.
  private func read(_ answers: FileHandle) {
    var text = Data()
    while case let piece = Self.piece(answers.fileDescriptor), !piece.isEmpty {
      text += piece
      while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: text[..<end], as: UTF8.self)
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        text = Data(text[(end + 1)...])
        guard numbers.count == 2 else { continue }
        state.withLock { state in
          state.statuses[numbers[0]] = Int32(numbers[1])
          state.waiting.removeValue(forKey: numbers[0])?.signal()
        }
      }
    }
    state.withLock { state in
      state.hasEnded = true
      for waiting in state.waiting.values { waiting.signal() }
      state.waiting = [:]
    }
  }
}
