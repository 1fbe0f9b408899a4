import TestSupport
import Testing

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
    let reference = try Reference<Manifest>("resample_reference.py", arguments: ["500"])
    let input = try reference.folder.bytes("input.bin")
    let output = try reference.folder.bytes("output.bin")
    #expect(reference.manifest.cases.count == 500)
    #expect(reference.manifest.filters.count == 3)
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

  @Test(arguments: [(1, 7), (7, 1), (5, 5), (100, 3), (3, 100)])
  func weightsOfEveryOutputSumToOne(input: Int, output: Int) {
    for interpolation in [Interpolation.bilinear, .bicubic] {
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
