"""Where the functions of scipy.special are tested: the intervals, and the fixed arguments.

A list beside `DOMAINS`, as these functions are in the table only once SciPy has been met.
"""

import scipy.special as sc
from hypothesis import strategies as st

from tests.domains.cases import Domain
from tinygrad_edu.testing.strategies import arrays_on_grid, broadcastable_arrays, shapes

SPECIAL: list[Domain] = []
R = (-3, 3)
POSITIVE = (1 / 4, 3)
SHARE = (1 / 8, 7 / 8)


def elementwise(op, *intervals, avoid=(), fixed=()):
    """Arrays that broadcast, from these intervals, behind fixed arguments from `fixed`.

    A None among the intervals stands where a fixed argument does, if that is not at the front.
    """

    varying = [interval for interval in intervals if interval is not None]

    def cases(draw, side):
        if side:
            arrays = draw(broadcastable_arrays(*varying, avoid=avoid))
        else:
            shape = draw(shapes(1, 2, min_side=0))
            arrays = tuple(draw(arrays_on_grid(*i, shape=shape, avoid=avoid)) for i in varying)
        constants = draw(st.sampled_from(fixed)) if fixed else ()
        if None not in intervals:
            return (*constants, *arrays), {}
        arrays, constants = iter(arrays), iter(constants)
        return tuple(next(constants if i is None else arrays) for i in intervals), {}

    SPECIAL.append(Domain(op, cases, len(varying)))


# ---- probability ---------------------------------------------------------------------------------
for op in (sc.erf, sc.erfc, sc.erfi, sc.erfcx, sc.dawsn, sc.ndtr, sc.log_ndtr, sc.expit,
           sc.log_expit, sc.exp2, sc.exp10, sc.expm1, sc.exprel, sc.cosm1,
           sc.wrightomega, sc.sindg, sc.cosdg, sc.tandg):  # fmt: skip
    elementwise(op, R)
elementwise(sc.erfinv, (-7 / 8, 7 / 8))
elementwise(sc.erfcinv, (1 / 8, 15 / 8))
elementwise(sc.ndtri, SHARE)
elementwise(sc.ndtri_exp, (-3, -1 / 8))
elementwise(sc.owens_t, R, R)
elementwise(sc.logit, SHARE)
elementwise(sc.cbrt, R, avoid=(0, 1 / 8, -1 / 8))
elementwise(sc.log1p, (-3 / 4, 3))
elementwise(sc.cotdg, (10, 170))
elementwise(sc.radian, R, R, R)
elementwise(sc.xlogy, R, POSITIVE)
elementwise(sc.xlog1py, R, (-3 / 4, 3))
elementwise(sc.entr, POSITIVE)
elementwise(sc.rel_entr, POSITIVE, POSITIVE)
elementwise(sc.kl_div, POSITIVE, POSITIVE)
elementwise(sc.huber, (1, 2), (-7 / 8, 7 / 8))
elementwise(sc.huber, (1 / 8, 3 / 4), (1, 3))
elementwise(sc.pseudo_huber, POSITIVE, R)
elementwise(sc.powm1, POSITIVE, R)
elementwise(sc.boxcox, POSITIVE, R)
elementwise(sc.boxcox1p, (-3 / 4, 2), R)
elementwise(sc.inv_boxcox, (-3 / 4, 1), (1 / 4, 1))
elementwise(sc.inv_boxcox1p, (-3 / 4, 1), (1 / 4, 1))

# ---- gamma ---------------------------------------------------------------------------------------
elementwise(sc.gamma, POSITIVE)
elementwise(sc.gammaln, POSITIVE)
elementwise(sc.loggamma, POSITIVE)
elementwise(sc.rgamma, R)
elementwise(sc.digamma, (1 / 4, 3))
elementwise(sc.poch, POSITIVE, POSITIVE)
elementwise(sc.zeta, POSITIVE, fixed=[(1.5,), (2,), (4.0,)])
elementwise(sc.beta, POSITIVE, POSITIVE)
elementwise(sc.betaln, POSITIVE, POSITIVE)
elementwise(sc.binom, (4, 6), (1 / 4, 3))
orders = [(0.75,), (1,), (2.5,)]
pairs = [(0.75, 2), (1, 1), (2.5, 1.5)]
elementwise(sc.gammainc, POSITIVE, fixed=orders)
elementwise(sc.gammaincc, POSITIVE, fixed=orders)
elementwise(sc.gammaincinv, SHARE, fixed=orders)
elementwise(sc.gammainccinv, SHARE, fixed=orders)
elementwise(sc.betainc, SHARE, fixed=pairs)
elementwise(sc.betaincc, SHARE, fixed=pairs)
elementwise(sc.betaincinv, SHARE, fixed=pairs)
elementwise(sc.betainccinv, SHARE, fixed=pairs)
elementwise(sc.chdtr, POSITIVE, fixed=orders)
elementwise(sc.chdtrc, POSITIVE, fixed=orders)
elementwise(sc.chdtri, SHARE, fixed=orders)
elementwise(sc.gdtr, POSITIVE, None, POSITIVE, fixed=orders)
elementwise(sc.gdtrc, POSITIVE, None, POSITIVE, fixed=orders)
elementwise(sc.pdtr, POSITIVE, fixed=[(0,), (2,), (2.5,)])
elementwise(sc.pdtrc, POSITIVE, fixed=[(0,), (2,), (2.5,)])
elementwise(sc.bdtr, SHARE, fixed=[(0, 3), (2, 3)])
elementwise(sc.bdtrc, SHARE, fixed=[(0, 3), (2, 3)])
elementwise(sc.nbdtr, SHARE, fixed=[(0, 3), (2, 3), (4, 1)])
elementwise(sc.nbdtrc, SHARE, fixed=[(0, 3), (2, 3), (4, 1)])
elementwise(sc.stdtr, R, fixed=[(1,), (3.5,), (100,)])
elementwise(sc.stdtrit, SHARE, fixed=[(1,), (3.5,), (100,)])
elementwise(sc.fdtr, POSITIVE, fixed=[(2, 3), (4, 2.5)])
elementwise(sc.fdtrc, POSITIVE, fixed=[(2, 3), (4, 2.5)])

# ---- Bessel --------------------------------------------------------------------------------------
degrees = [(0,), (1,), (3,)]
half = [(0,), (1,), (2.5,), (-0.5,)]
for op in (sc.jv, sc.iv, sc.ive, sc.jve, sc.struve, sc.modstruve, sc.yv, sc.kv, sc.yve, sc.kve):
    elementwise(op, POSITIVE, fixed=half)
for op in (sc.yn, sc.kn):
    elementwise(op, POSITIVE, fixed=degrees)
for op in (sc.j0, sc.j1, sc.i0, sc.i1):
    elementwise(op, R)
for op in (sc.i0e, sc.i1e):
    elementwise(op, R, avoid=(0,))
for op in (sc.y0, sc.y1, sc.k0, sc.k1, sc.k0e, sc.k1e, sc.ker, sc.kei, sc.kerp, sc.keip,
           sc.ber, sc.bei, sc.berp, sc.beip, sc.itj0y0, sc.iti0k0, sc.itstruve0,
           sc.itmodstruve0):  # fmt: skip
    elementwise(op, POSITIVE)
elementwise(sc.airy, R)

# ---- integrals -----------------------------------------------------------------------------------
elementwise(sc.expi, POSITIVE)
elementwise(sc.exp1, POSITIVE)
elementwise(sc.expn, POSITIVE, fixed=[(0,), (1,), (4,)])
elementwise(sc.spence, POSITIVE)
elementwise(sc.fresnel, (-2, 2))
elementwise(sc.sici, POSITIVE)
elementwise(sc.shichi, POSITIVE)
elementwise(sc.ellipk, (-3, 7 / 8))
elementwise(sc.ellipkm1, (1 / 8, 2))
elementwise(sc.ellipe, (-3, 7 / 8))
elementwise(sc.ellipkinc, R, None, fixed=[(0,), (0.5,)])
elementwise(sc.ellipeinc, R, None, fixed=[(0,), (0.5,)])
elementwise(sc.agm, POSITIVE, POSITIVE)
elementwise(sc.hyp0f1, R, fixed=[(1,), (2.5,)])
elementwise(sc.hyp1f1, R, fixed=[(1, 2), (0.5, 1.5)])
elementwise(sc.hyp2f1, (-2, 3 / 4), fixed=[(1, 2, 3.5), (0.5, 0.5, 2)])
elementwise(sc.hyperu, POSITIVE, fixed=[(1, 2), (0.5, 1.5)])
elementwise(sc.wright_bessel, POSITIVE, fixed=[(1, 1), (0.5, 2)])
elementwise(sc.voigt_profile, R, POSITIVE, POSITIVE)

# ---- polynomials ---------------------------------------------------------------------------------
for op in (sc.eval_legendre, sc.eval_chebyt, sc.eval_chebyu, sc.eval_chebyc, sc.eval_chebys,
           sc.eval_laguerre, sc.eval_sh_legendre, sc.eval_sh_chebyt,
           sc.eval_sh_chebyu):  # fmt: skip
    elementwise(op, SHARE, fixed=[*degrees, (2.5,)])
for op in (sc.eval_hermite, sc.eval_hermitenorm):
    elementwise(op, R, fixed=degrees)
for op in (sc.eval_genlaguerre, sc.eval_gegenbauer):
    elementwise(op, SHARE, fixed=[(0, 1.5), (1, 0.5), (3, 2), (2.5, 1)])
elementwise(sc.eval_jacobi, SHARE, fixed=[(0, 1.5, 1), (1, 0.5, 2), (3, 2, 1), (2.5, 1, 0.5)])

if hasattr(sc, "log_wright_bessel"):
    elementwise(sc.log_wright_bessel, POSITIVE, fixed=[(1, 1), (0.5, 2)])
