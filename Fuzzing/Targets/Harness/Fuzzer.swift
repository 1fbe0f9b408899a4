import Foundation

/// Runs libFuzzer, which calls the target in an endless loop with mutated bytes.
public enum Fuzzer {
  /// The only target of this process. libFuzzer calls plain C functions, which cannot capture anything.
  nonisolated(unsafe) private static var target = FuzzTarget("") { _ in }

  /// Runs a program of fuzz targets: `PROGRAM TARGET [FLAGS OF LIBFUZZER] [CORPUS]`, or `PROGRAM --list`.
  public static func run(_ targets: [FuzzTarget]) -> Never {
    let arguments = CommandLine.arguments
    if arguments.dropFirst().first == "--list" {
      for target in targets { print(target.name) }
      exit(0)
    }
    guard arguments.count > 1, let chosen = targets.first(where: { $0.name == arguments[1] }) else {
      let names = targets.map(\.name).joined(separator: ", ")
      FileHandle.standardError.write(Data("usage: \(arguments[0]) TARGET …, of \(names)\n".utf8))
      exit(2)
    }
    target = chosen
    target.prepare()
    // libFuzzer reads its own flags after the target's name, and keeps the array.
    var rest: [UnsafeMutablePointer<CChar>?] = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) }
    var count = CInt(rest.count)
    rest.append(nil)
    let status = rest.withUnsafeMutableBufferPointer { buffer in
      var base = buffer.baseAddress
      return runDriver(&count, &base) { bytes, count in
        Fuzzer.target.tryOn(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
      }
    }
    exit(status)
  }

  /// Runs libFuzzer's own mutation, and then repairs the checksums.
  fileprivate static func mutate(_ bytes: UnsafeMutablePointer<UInt8>, size: Int, limit: Int) -> Int {
    let mutated = mutateBlindly(bytes, size, limit)
    guard let repair = target.repair else { return mutated }
    var copy = Array(UnsafeBufferPointer(start: bytes, count: mutated))
    repair(&copy)
    let count = min(copy.count, limit)
    bytes.update(from: copy, count: count)
    return count
  }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ entry: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@_silgen_name("LLVMFuzzerMutate")
private func mutateBlindly(_ bytes: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int) -> Int

/// libFuzzer finds this function by its name.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(_ bytes: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32)
  -> Int
{
  Fuzzer.mutate(bytes, size: size, limit: limit)
}
