import Testing
import TestSupport

@testable import Imaging

@Suite struct ResamplerTests {
  struct Manifest: Decodable, Sendable {
    struct Case: Decodable, Sendable {
      let width, height, channels, new_width, new_height: Int
    }
    let filters: [Interpolation]
    let cases: [Case]
  }

  @Test func equalsPillowToTheLastBit() throws {
    let reference = try Reference<Manifest>("resample_reference.py", arguments: ["300"])
    let input = try reference.folder.bytes("input.bin")
    let output = try reference.folder.bytes("output.bin")
    #expect(reference.manifest.cases.count == 300)
    #expect(reference.manifest.filters == Interpolation.allCases)
    var (inputStart, outputStart) = (0, 0)
    for item in reference.manifest.cases {
      let inputEnd = inputStart + item.width * item.height * item.channels
      let image = PixelImage(
        width: item.width, height: item.height, channels: item.channels,
        pixels: Array(input[inputStart..<inputEnd]))
      inputStart = inputEnd
      for filter in reference.manifest.filters {
        let outputEnd = outputStart + item.new_width * item.new_height * item.channels
        let resized = Resampler.resize(
          image, width: item.new_width, height: item.new_height, interpolation: filter)
        let isEqual = resized.pixels == Array(output[outputStart..<outputEnd])
        #expect(isEqual, "\(filter) of \(item)")
        outputStart = outputEnd
      }
    }
    #expect(inputStart == input.count && outputStart == output.count)
  }

  /// Smaller and larger, rows first and columns first, one side kept.
  @Test(arguments: [
    (61, 47, 23, 18), (23, 18, 61, 47), (40, 200, 30, 20), (200, 40, 20, 30), (30, 90, 30, 40),
    (90, 30, 40, 30),
  ])
  func aWindowIsThatPartOfTheWhole(width: Int, height: Int, newWidth: Int, newHeight: Int) {
    let image = PixelImage(
      width: width, height: height, channels: 3,
      pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) })
    let windows = [
      (0, 0, newWidth, newHeight), (3, 5, newWidth - 3, newHeight - 1),
      (newWidth / 2, 2, newWidth / 2 + 1, 3),
    ]
    for interpolation in Interpolation.allCases {
      let whole = Resampler.resize(image, width: newWidth, height: newHeight, interpolation: interpolation)
      for (left, top, right, bottom) in windows {
        let part = Resampler.resize(
          image, width: newWidth, height: newHeight, interpolation: interpolation,
          window: Resampler.Window(columns: left..<right, rows: top..<bottom))
        let expected = (top..<bottom).flatMap { row -> ArraySlice<UInt8> in
          let start = (row * newWidth + left) * 3
          return whole.pixels[start..<start + (right - left) * 3]
        }
        #expect(part.pixels == expected && part.width == right - left, "\(interpolation)")
      }
    }
  }

  @Test(arguments: [(1, 7), (7, 1), (5, 5), (100, 3), (3, 100)])
  func weightsOfEveryOutputSumToOne(input: Int, output: Int) {
    for interpolation in Interpolation.allCases where interpolation != .nearest {
      let table = ResamplingTable(.init(input: input, output: output, interpolation: interpolation))
      for position in 0..<output {
        let line = table.weights[position * table.width..<(position + 1) * table.width]
        let sum = line.reduce(0) { $0 + Int($1) }
        #expect(abs(sum - 1 << ResamplingTable.precisionBits) <= table.width)
        #expect(table.starts[position] >= 0)
        #expect(table.starts[position] + table.counts[position] <= input)
      }
    }
  }
}
