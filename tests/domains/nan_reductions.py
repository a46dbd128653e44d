"""Reductions that pass NaN by, of numbers; what they do with NaN is in test_nan_reductions."""

import numpy as np

from tests.domains.cases import row
from tests.domains.reduction import moments, reduction

reduction(np.nansum, initial=True, where=True)
reduction(np.nanprod, initial=True, where=True)
reduction(np.nanmean)
# Of a number alone that `where` leaves out, NumPy gives a NaN instead of the initial value.
reduction(np.nanmax, distinct=True, lo=-4, hi=4, initial=True, where=True, min_dims=1)
reduction(np.nanmin, distinct=True, lo=-4, hi=4, initial=True, where=True, min_dims=1)
row(np.nanvar, moments)
row(np.nanstd, moments)
