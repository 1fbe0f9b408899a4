"""Every score in float64 NumPy, from the formulas of the papers. Higher is more in-distribution.

Conventions, if papers leave a choice:
- percentiles are NumPy's (linear interpolation);
- scores that assume z ≥ 0 apply ReLU first if the fit contains a negative feature;
- divisions by a norm are by max(norm, 1e-12), and the exponent of ASH-S and SCALE is at most 80;
- products and quotients with energy use softplus(energy);
- covariances are divided by n, and inverted without directions whose variance is below 1e-6 of the largest;
- a class without images uses the mean of the images predicted as that class, if it differs, or otherwise of
  all.
"""
