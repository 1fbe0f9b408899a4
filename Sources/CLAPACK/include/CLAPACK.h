#ifndef CLAPACK_H
#define CLAPACK_H

// A few routines of LAPACK and BLAS, from OpenBLAS. The library is opened on first use, since most programs that score
// images never need it: only fitting covariances, principal directions and regressions does.

/// Says where the library lies; without effect once it was opened.
void clapack_use(const char *path);

/// Why the library cannot be used, or NULL where it can. Opens it on first use.
const char *clapack_load_failure(void);

/// `c ← aᵀa + c` for the upper triangle (column-major) of c, n × n; a is k rows of n values, one after another.
void clapack_add_squares(int n, int k, const double *a, double *c);

/// Eigenvalues, ascending, and eigenvectors of the symmetric matrix a, n × n, of which the upper triangle (column-major)
/// is read. On return eigenvector j stands in a[j * n ..< (j + 1) * n]. Returns LAPACK's info: 0 where it went well.
int clapack_symmetric_eigen(int n, double *a, double *values);

/// Solves ax = b for k right-hand sides, one after another, n values each, in place. a is symmetric and positive definite, n × n;
/// its upper triangle (column-major) is read and overwritten. Returns LAPACK's info: 0 where it went well.
int clapack_solve_positive(int n, int k, double *a, double *b);

/// How many threads the library computes with from here on; returns how many it had, or 0 where it cannot be told.
int clapack_set_threads(int count);

#endif
