"""What numpy, scipy and scikit-learn need for the same work. Usage: numpy_peers.py TASK ARGS…; prints numbers, seconds first."""
import sys
import time

import numpy as np


def dykstra(path, n, rho, tolerance=1e-10):
    """Nearest correlation matrix with bounded entries, by Dykstra's projections."""
    A = np.fromfile(path).reshape(n, n)
    began = time.perf_counter()
    x, p, q = A.copy(), np.zeros_like(A), np.zeros_like(A)
    for iteration in range(1, 20001):
        u = x + p
        values, vectors = np.linalg.eigh(u)
        kept = values > 0
        cone = (vectors[:, kept] * values[kept]) @ vectors[:, kept].T
        p = u - cone
        v = cone + q
        box = np.clip(v, -rho, rho)
        np.fill_diagonal(box, 1)
        q = v - box
        moved = np.linalg.norm(box - x)
        x = box
        if moved <= tolerance * n and np.linalg.norm(box - cone) <= 1e-9 * n:
            break
    return time.perf_counter() - began, iteration, np.linalg.norm(x - A)


def cone(path, n):
    """Eigendecomposition and the nearest positive semidefinite matrix; the best of three."""
    A = np.fromfile(path).reshape(n, n)
    best = np.inf
    for _ in range(3):
        began = time.perf_counter()
        values, vectors = np.linalg.eigh(A)
        kept = values > 0
        x = (vectors[:, kept] * values[kept]) @ vectors[:, kept].T
        best = min(best, time.perf_counter() - began)
    return best, np.linalg.norm(x)


def moments(names, buckets, density, factors):
    """Filtered flow formed, then Z'Z and Z'r with BLAS."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(1)
    x = rng.normal(size=(buckets, factors))
    u = rng.normal(size=(buckets, names)) * (rng.random((buckets, names)) < density)
    r = rng.normal(size=(buckets, names))

    def filtered(d):
        s = lfilter([1.0], [1.0, -d], u, axis=0)
        v = u.copy()
        v[1:] -= (1.0 - d) * s[:-1]
        return v

    began = time.perf_counter()
    Z = np.hstack([np.ones((buckets, 1)), x] + [filtered(d) for d in np.exp(-1 / np.array([2.0, 20.0, 200.0]))] + [u])
    formed = time.perf_counter()
    zz, zr = Z.T @ Z, Z.T @ r
    done = time.perf_counter()
    return done - began, done - formed


def elastic_net(path, n, ridge, lasso, objective, violation):
    """Rows with a free diagonal by coordinate descent, to about the violation given; elimination is timed too."""
    from concurrent.futures import ThreadPoolExecutor

    from sklearn.linear_model._cd_fast import enet_coordinate_descent_gram as descend

    numbers = np.fromfile(path)
    squares, S, A = numbers[:n], numbers[n : n + n * n].reshape(n, n), numbers[n + n * n :].reshape(n, n)

    def without_diagonal(i):
        """The row's problem with its own unknown eliminated: it leaves zeros, which coordinate descent skips."""
        share = S[i] / S[i, i]
        Q = np.outer(share, -S[i])
        Q += S
        Q[i] = Q[:, i] = 0
        q = A[i] - A[i, i] * share
        q[i] = 0
        return Q, q, np.array([np.sqrt(squares[i] - A[i, i] ** 2 / S[i, i])])

    def solve(i, tolerance):
        rng = np.random.RandomState(0)
        w, _, _, sweeps = descend(np.zeros(n), lasso, ridge, *without_diagonal(i), 100000, tolerance, rng)
        w[i] = (A[i, i] - w @ S[i]) / S[i, i]
        return w, sweeps

    def timed(work, threads):
        with ThreadPoolExecutor(threads) as pool:
            began = time.perf_counter()
            found = list(pool.map(work, range(n)))
            return time.perf_counter() - began, found

    def optimality(Y):
        slope = Y @ S - A
        off = ~np.eye(n, dtype=bool)
        value = np.sum(Y * (slope - A)) / 2 + ridge / 2 * np.sum(Y[off] ** 2) + lasso * np.sum(np.abs(Y[off]))
        slope[off] += ridge * Y[off]
        gap = np.where(Y == 0, np.maximum(0, np.abs(slope) - lasso), np.abs(slope + np.sign(Y) * lasso))
        return value, max(np.max(gap[off]), np.max(np.abs(np.diag(slope))))

    same_objective = None
    for tolerance in 10.0 ** -np.arange(3, 15):
        one_thread, rows = timed(lambda i: solve(i, tolerance), 1)
        value, gap = optimality(np.array([w for w, _ in rows]))
        if same_objective is None and value - objective <= 1e-9 * abs(objective):
            same_objective = one_thread, tolerance, gap
        if same_objective is not None and gap <= 10 * violation:
            break
    two_threads, _ = timed(lambda i: solve(i, tolerance), 2)
    elimination, _ = timed(lambda i: len(without_diagonal(i)), 1)
    sweeps = sum(count for _, count in rows)
    facts = one_thread, two_threads, elimination, tolerance, sweeps, value, gap
    return min(one_thread, two_threads), *facts, *same_objective


def about():
    """Version of numpy, and the kernel that OpenBLAS chose for this processor."""
    kernels = kernels_of_threadpoolctl() or kernels_of_loaded_libraries()
    return f"numpy {np.__version__}", f"OpenBLAS kernel {' and '.join(kernels) or 'unknown'}"


def kernels_of_threadpoolctl():
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    return sorted({library["architecture"] for library in threadpool_info() if "architecture" in library})


def kernels_of_loaded_libraries():
    """What every OpenBLAS in this process says of itself; its wheels prefix and suffix their names."""
    import ctypes

    names = [f"{a}openblas_get_corename{b}" for a in ("", "scipy_") for b in ("", "64_")]
    found = set()
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "openblas" in line}
    for library in map(ctypes.CDLL, paths):
        for name in names:
            if hasattr(library, name):
                corename = getattr(library, name)
                corename.restype = ctypes.c_char_p
                found.add(corename().decode())
    return sorted(found)


task, arguments = sys.argv[1], sys.argv[2:]
if task == "dykstra":
    print(*dykstra(arguments[0], int(arguments[1]), float(arguments[2])))
elif task == "cone":
    print(*cone(arguments[0], int(arguments[1])))
elif task == "moments":
    print(*moments(int(arguments[0]), int(arguments[1]), float(arguments[2]), int(arguments[3])))
elif task == "elasticNet":
    print(*elastic_net(arguments[0], int(arguments[1]), *map(float, arguments[2:])))
elif task == "about":
    print(*about(), sep=", ")
