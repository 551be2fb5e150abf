"""What numpy and scipy need for the same work. Usage: numpy_peers.py TASK ARGS…; prints seconds, and for checks a number."""
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


task, arguments = sys.argv[1], sys.argv[2:]
if task == "dykstra":
    print(*dykstra(arguments[0], int(arguments[1]), float(arguments[2])))
elif task == "cone":
    print(*cone(arguments[0], int(arguments[1])))
elif task == "moments":
    print(*moments(int(arguments[0]), int(arguments[1]), float(arguments[2]), int(arguments[3])))
