"""Dykstra's projections with numpy: the peer of the projection benchmark. Usage: dykstra_peer.py MATRIX.f64 N RHO"""
import sys
import time

import numpy as np


def nearest(A, rho, tolerance=1e-10):
    n = len(A)
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
            return x, iteration
    return x, iteration


path, n, rho = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
A = np.fromfile(path).reshape(n, n)
began = time.perf_counter()
x, iterations = nearest(A, rho)
seconds = time.perf_counter() - began
print(seconds, iterations, np.linalg.norm(x - A))
