"""Every score in float64 NumPy, from the formulas of the papers; higher is more in-distribution.

Conventions, where papers leave a choice:
- percentiles are NumPy's (linear interpolation);
- scores that assume z ≥ 0 take ReLU first where the fit saw a negative feature;
- divisions by a norm are by max(norm, 1e-12); the exponent of ASH-S and SCALE is at most 80;
- products and quotients with energy take softplus(energy);
- covariances are divided by n, and inverted without directions whose variance is below 1e-6 of the largest;
- a class without images takes the mean of those predicted so, where that is another one, or of all.
"""
