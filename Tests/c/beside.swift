// Another Swift library, with another copy of Swift's runtime, which a process may load beside Oddity: see
// Tests/c/run.
import Foundation

private struct Sum: Codable { let terms: [Int], text: String }

/// Uses generics, errors, Foundation and tasks, which all need the runtime.
@_cdecl("beside_sum")
public func besideSum(_ count: Int32) -> Int32 {
  let done = DispatchSemaphore(value: 0)
  let box = Box()
  Task.detached {
    box.value = await withTaskGroup(of: Int.self) { group in
      for term in 0..<Int(count) { group.addTask { term } }
      return await group.reduce(0, +)
    }
    done.signal()
  }
  done.wait()
  let sum = Sum(terms: [box.value], text: "naïve")
  guard let data = try? JSONEncoder().encode(sum), let read = try? JSONDecoder().decode(Sum.self, from: data),
    read.text.uppercased() == "NAÏVE"
  else { return -1 }
  return Int32(read.terms[0])
}

private final class Box: @unchecked Sendable { var value = 0 }
