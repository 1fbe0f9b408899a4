import Imaging
import Testing
import TestSupport

@testable import OddityModel

/// Faulty copies of an image equal those of Pillow and NumPy.
struct PixelFaultTests {
  private struct Task: Encodable {
    let pixels: [UInt8]
    let height: Int
    let width: Int
  }

  private static let faults: [(name: String, fault: PixelFault)] = [
    ("quarter", .quarterTurns(1)), ("half", .quarterTurns(2)), ("three", .quarterTurns(3)),
    ("jpeg", .compressed(10)), ("grey", .grey), ("gamma", .gamma(2.2)), ("gaussian", .gaussian(1)),
    ("enlarged", .enlarged(2)), ("nearest", .nearest(2)), ("negative", .negative),
    ("shifted", .shifted(0.25, -0.125, isMirrored: false)),
    ("mirrored", .shifted(0.25, 0.25, isMirrored: true)), ("stretched", .stretched(0.5)),
    ("zoomed", .zoomed(2)),
  ]

  @Test func copiesAreTheReferences() throws {
    var random = SplitMix64(seed: 3)
    let side = 48
    let pixels = (0..<side * side).flatMap { pixel in
      (0..<3).map { channel in
        let slope = Double(pixel % side) * 3 + Double(pixel / side) * Double(1 + channel)
        return UInt8(min(255, slope + 40 * random.nextUnit()))
      }
    }
    let image = PixelImage(width: side, height: side, channels: 3, pixels: pixels)
    let reference = try PythonReference.run(
      "fault_reference.py", Task(pixels: pixels, height: side, width: side), as: [String: [UInt8]].self)
    #expect(Set(Self.faults.map(\.name)) == Set(reference.keys))
    for (name, fault) in Self.faults {
      let copy = try fault.apply(to: image)
      #expect(copy.width == side && copy.height == side)
      let differing = zip(copy.pixels, reference[name] ?? []).count { $0 != $1 }
      #expect(differing == 0, "\(name)")
    }
  }

  @Test(arguments: [PixelFault.zoomed(0.75), .zoomed(1.3), .stretched(1.5), .enlarged(4), .quarterTurns(2)])
  func oddSizesKeepTheirs(fault: PixelFault) throws {
    let image = PixelImage(width: 7, height: 5, channels: 1, pixels: (0..<35).map { UInt8($0 * 7) })
    let copy = try fault.apply(to: image)
    #expect(copy.width == 7 && copy.height == 5 && copy.channels == 1)
  }
}
