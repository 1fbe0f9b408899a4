import CLAPACK
import OddityFiles

/// A symmetric matrix in double precision, [n, n], row after row.
package struct SymmetricMatrix: Sendable {
  package let size: Int
  /// All n × n values; (i, j) and (j, i) are equal.
  private(set) var values: [Double]

  package init(size: Int, values: [Double]) {
    precondition(values.count == size * size, "n × n values")
    (self.size, self.values) = (size, values)
  }

  /// `Σ vvᵀ` over vectors of one length, at least one.
  package init(squaresOf vectors: [[Double]]) {
    self.init(squaresOf: vectors.flatMap(\.self), width: vectors[0].count)
  }

  /// `Σ vvᵀ` over consecutive vectors of n values.
  package init(squaresOf vectors: [Double], width n: Int) {
    var triangle = Array(repeating: 0.0, count: n * n)
    clapack_add_squares(Int32(n), Int32(vectors.count / n), vectors, &triangle)
    for row in 0..<n {
      for column in 0..<row { triangle[column * n + row] = triangle[row * n + column] }
    }
    self.init(size: n, values: triangle)
  }

  /// The largest value on the diagonal; 0 for an empty matrix.
  package var largestDiagonal: Double { (0..<size).map { self[$0, $0] }.max() ?? 0 }

  /// `self + factor · other`
  package func adding(_ factor: Double, _ other: SymmetricMatrix) -> SymmetricMatrix {
    SymmetricMatrix(size: size, values: zip(values, other.values).map { $0 + factor * $1 })
  }

  package subscript(row: Int, column: Int) -> Double { values[row * size + column] }

  /// `self + factor · vvᵀ`
  package func adding(_ factor: Double, squareOf vector: [Double]) -> SymmetricMatrix {
    var sum = values
    for row in 0..<size {
      for column in 0..<size { sum[row * size + column] += factor * vector[row] * vector[column] }
    }
    return SymmetricMatrix(size: size, values: sum)
  }

  package func addingToDiagonal(_ summands: [Double]) -> SymmetricMatrix {
    var sum = values
    for row in 0..<size { sum[row * size + row] += summands[row] }
    return SymmetricMatrix(size: size, values: sum)
  }

  /// The rows and columns with these numbers.
  package func part(_ numbers: [Int]) -> SymmetricMatrix {
    SymmetricMatrix(size: numbers.count, values: numbers.flatMap { row in numbers.map { self[row, $0] } })
  }

  /// The solutions x of `self · x = b`, one for each right-hand side, with LAPACK's `dposv`.
  ///
  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS, `.badData` if the matrix is not positive
  ///   definite.
  package func solving(_ rightSides: [[Double]]) throws(OddityError) -> [[Double]] {
    try LAPACK.load()
    guard size > 0, !rightSides.isEmpty else { return rightSides }
    var (matrix, solutions) = (values, rightSides.flatMap(\.self))
    let info = clapack_solve_positive(Int32(size), Int32(rightSides.count), &matrix, &solutions)
    guard info == 0 else {
      throw OddityError(
        .badData, "a system of \(size) equations has no unique solution (LAPACK says \(info))")
    }
    return rightSides.indices.map { Array(solutions[$0 * size..<($0 + 1) * size]) }
  }

  /// Each value (i, j) times `factors[i] · factors[j]`.
  package func scaled(byBoth factors: [Double]) -> SymmetricMatrix {
    var product = values
    for row in 0..<size {
      for column in 0..<size { product[row * size + column] *= factors[row] * factors[column] }
    }
    return SymmetricMatrix(size: size, values: product)
  }
}

/// Eigenvalues and eigenvectors of a symmetric matrix, with LAPACK's `dsyevd`.
package struct SymmetricEigen: Sendable {
  /// In descending order.
  package let values: [Double]
  /// In the order of the values, each of length 1.
  package let vectors: [[Double]]

  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS, `.badData` if the matrix has values that
  ///   are not finite.
  package init(_ matrix: SymmetricMatrix) throws(OddityError) {
    try LAPACK.load()
    guard matrix.values.allSatisfy(\.isFinite) else {
      throw OddityError(
        .badData, "the features' covariance is not finite: check the images and the preprocessing")
    }
    let n = matrix.size
    var content = matrix.values
    var eigenvalues = Array(repeating: 0.0, count: n)
    let info = n == 0 ? 0 : clapack_symmetric_eigen(Int32(n), &content, &eigenvalues)
    guard info == 0 else {
      throw OddityError(
        .badData, "the eigenvectors of the features' covariance were not found (LAPACK says \(info))")
    }
    values = eigenvalues.reversed()
    vectors = (0..<n).reversed().map { Array(content[$0 * n..<($0 + 1) * n]) }
  }

  /// The share of the largest eigenvalue below which eigenvalues count as zero.
  static let relativeCutoff = 1e-6

  /// The matrix L, [n, r], where `LLᵀ` is the pseudo-inverse: eigenvectors divided by the roots of their
  /// eigenvalues, without those below the cutoff. The r columns are consecutive.
  package var whiteningColumns: [[Double]] {
    let cutoff = (values.first ?? 0) * Self.relativeCutoff
    return zip(values, vectors).filter { $0.0 > cutoff }.map { value, vector in
      let root = value.squareRoot()
      return vector.map { $0 / root }
    }
  }
}

package enum LAPACK {
  /// Like ``Swift/Array/concurrentMap(_:)``, for functions that call the library, whose own threads would
  /// otherwise wait for each other.
  package static func concurrentMap<Element: Sendable, Result: Sendable, Failure: Error>(
    _ elements: [Element], _ transform: @Sendable (Element) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    let before = clapack_set_threads(1)
    defer { if before > 0 { _ = clapack_set_threads(before) } }
    return try elements.concurrentMap(transform)
  }

  /// - Throws: ``OddityError`` `.libraryMissing` if it is not installed.
  package static func load() throws(OddityError) {
    if let reason = clapack_load_failure() { throw OddityError(.libraryMissing, String(cString: reason)) }
  }
}
