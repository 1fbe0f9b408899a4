import Foundation

/// A complex number: real part, imaginary part.
typealias Complex = SIMD2<Double>

/// The discrete Fourier transform of many columns at once, for any length: `Σ_j x_j e^{∓2πijk/n}`, not
/// divided by n.
///
/// The length is factored into fours, a two, and odd primes. The time is proportional to n times the sum of
/// these factors, so a long side of prime length is slow. Rows come out in order, because each stage sorts
/// them.
/// Source: Stockham's form of Cooley & Tukey's algorithm, as in van Loan, *Computational Frameworks for the
/// Fast Fourier Transform*, SIAM 1992, sections 1.7 and 2.3.
struct FourierTransform {
  private let count: Int
  private let factors: [Int]
  /// e^{∓2πik/n} for each k.
  private let roots: [Complex]
  /// −1 for the forward transform, 1 for the inverse.
  private let sign: Double

  init(count: Int, inverse: Bool) {
    let sign = inverse ? 1.0 : -1.0
    self.count = count
    self.sign = sign
    factors = Self.factors(of: count)
    roots = (0..<count).map {
      let angle = 2 * Double.pi * Double($0) / Double(count)
      return Complex(cos(angle), sign * sin(angle))
    }
  }

  /// Odd primes come first, because their stages then work on columns that are close together.
  private static func factors(of count: Int) -> [Int] {
    var (rest, factors, divisor) = (count, [Int](), 3)
    let twos = rest.trailingZeroBitCount
    rest >>= twos
    while rest > 1 {
      if divisor * divisor > rest { divisor = rest }
      while rest % divisor == 0 {
        factors.append(divisor)
        rest /= divisor
      }
      divisor += 2
    }
    return factors + Array(repeating: 4, count: twos / 2) + Array(repeating: 2, count: twos % 2)
  }

  /// Transforms each column.
  ///
  /// - Parameters:
  ///   - rows: `count` rows of equal length, one after another.
  ///   - spare: memory for as many numbers, which is overwritten. Allocating it for every stage would cost
  ///     more than the arithmetic.
  func transform(_ rows: inout [Complex], using spare: inout [Complex]) {
    var stage = Stage(rest: count, stride: rows.count / count)
    for factor in factors {
      stage.rest /= factor
      rows.withUnsafeBufferPointer { from in
        spare.withUnsafeMutableBufferPointer { into in
          switch factor {
          case 2: twos(stage, from, into)
          case 4: fours(stage, from, into)
          default: odd(factor, stage, from, into)
          }
        }
      }
      stage.stride *= factor
      swap(&rows, &spare)
    }
  }

  /// The input of a stage with factor p: p·rest rows of `stride` numbers. The stage turns rows
  /// r, r + rest, r + 2·rest, … into rows p·r, p·r + 1, p·r + 2, …
  private struct Stage {
    var rest: Int
    var stride: Int
  }

  /// e^{∓2πi·row·output/length}, where length is `factor · stage.rest`.
  private func twiddle(_ stage: Stage, factor: Int, row: Int, output: Int) -> Complex {
    roots[row * output * (count / (factor * stage.rest)) % count]
  }

  private func twos(
    _ stage: Stage, _ from: UnsafeBufferPointer<Complex>, _ into: UnsafeMutableBufferPointer<Complex>
  ) {
    let step = stage.rest * stage.stride
    for row in 0..<stage.rest {
      let root = twiddle(stage, factor: 2, row: row, output: 1)
      let output = 2 * row * stage.stride
      for column in 0..<stage.stride {
        let input = row * stage.stride + column
        let (first, second) = (from[input], from[input + step])
        into[output + column] = first + second
        into[output + column + stage.stride] = root.times(first - second)
      }
    }
  }

  private func fours(
    _ stage: Stage, _ from: UnsafeBufferPointer<Complex>, _ into: UnsafeMutableBufferPointer<Complex>
  ) {
    let step = stage.rest * stage.stride
    for row in 0..<stage.rest {
      let roots = (1...3).map { twiddle(stage, factor: 4, row: row, output: $0) }
      let (one, two, three) = (roots[0], roots[1], roots[2])
      for column in 0..<stage.stride {
        let input = row * stage.stride + column
        let evenSum = from[input] + from[input + 2 * step]
        let evenDifference = from[input] - from[input + 2 * step]
        let oddSum = from[input + step] + from[input + 3 * step]
        let oddDifference = sign * (from[input + step] - from[input + 3 * step]).timesI
        let output = 4 * row * stage.stride + column
        into[output] = evenSum + oddSum
        into[output + stage.stride] = one.times(evenDifference + oddDifference)
        into[output + 2 * stage.stride] = two.times(evenSum - oddSum)
        into[output + 3 * stage.stride] = three.times(evenDifference - oddDifference)
      }
    }
  }

  /// A direct transform of odd length p, with its terms in pairs j and p − j.
  private func odd(
    _ factor: Int, _ stage: Stage, _ from: UnsafeBufferPointer<Complex>,
    _ into: UnsafeMutableBufferPointer<Complex>
  ) {
    let units = (0..<factor).map { roots[$0 * (count / factor)] }
    // Not arrays, because every change of an array checks whether it is shared.
    withUnsafeTemporaryAllocation(of: Pair.self, capacity: factor / 2) { pairs in
      for row in 0..<stage.rest {
        let roots = (0..<factor).map { twiddle(stage, factor: factor, row: row, output: $0) }
        for column in 0..<stage.stride {
          let (input, output) = (row * stage.stride + column, factor * row * stage.stride + column)
          let first = from[input]
          var total = first
          for pair in pairs.indices {
            let one = from[input + (pair + 1) * stage.rest * stage.stride]
            let other = from[input + (factor - 1 - pair) * stage.rest * stage.stride]
            pairs[pair] = Pair(sum: one + other, difference: one - other)
            total += pairs[pair].sum
          }
          into[output] = total
          for frequency in 1...pairs.count {
            var (even, odd, place) = (first, Complex.zero, 0)
            for pair in pairs {
              place += frequency
              if place >= factor { place -= factor }
              even += units[place].x * pair.sum
              odd += units[place].y * pair.difference
            }
            let mirror = factor - frequency
            into[output + frequency * stage.stride] = roots[frequency].times(even + odd.timesI)
            into[output + mirror * stage.stride] = roots[mirror].times(even - odd.timesI)
          }
        }
      }
    }
  }

  /// The sum and the difference of numbers j and p − j.
  private struct Pair {
    let sum: Complex
    let difference: Complex
  }
}

extension Complex {
  /// The product of two complex numbers.
  func times(_ other: Complex) -> Complex { x * other + y * other.timesI }

  /// i times the number.
  var timesI: Complex { Complex(-y, x) }

  var conjugate: Complex { Complex(x, -y) }

  var magnitude: Double { (x * x + y * y).squareRoot() }
}
