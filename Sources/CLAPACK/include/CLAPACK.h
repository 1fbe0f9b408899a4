#ifndef CLAPACK_H
#define CLAPACK_H

// The routines of LAPACK and BLAS that Oddity needs, from OpenBLAS. The library is opened on first use, because most
// programs only score images. Only fits of covariances, principal directions and regressions need it.

/// Sets the path of the library. Has no effect after it was opened.
void clapack_use(const char *path);

/// The reason why the library cannot be used; NULL if it can. Opens the library on first use.
const char *clapack_load_failure(void);

/// `c ← aᵀa + c` for the upper triangle (column-major) of c, n × n. a has k consecutive rows of n values.
void clapack_add_squares(int n, int k, const double *a, double *c);

/// Computes the eigenvalues, in ascending order, and the eigenvectors of the symmetric matrix a, n × n. Reads only the upper
/// triangle (column-major). On return, eigenvector j is in a[j * n ..< (j + 1) * n]. Returns LAPACK's info, which is 0 on
/// success.
int clapack_symmetric_eigen(int n, double *a, double *values);

/// Solves ax = b in place for k consecutive right-hand sides of n values each. a is symmetric and positive definite, n × n.
/// Its upper triangle (column-major) is read and overwritten. Returns LAPACK's info, which is 0 on success.
int clapack_solve_positive(int n, int k, double *a, double *b);

/// Sets the number of threads for later computations. Returns the previous number, or 0 if it is unknown.
int clapack_set_threads(int count);

#endif
