"""The cheapest schedule in numpy, to the same duality gap. Usage: schedule_peer.py FOLDER; prints JSON. The case is that of scheduleCase.js."""
import json
import resource
import sys
import time

import numpy as np

GAP_EVERY = 4
GROWS, FADES = 1.6, 0.985
SERIES_BELOW = 0.1


def read_case(folder):
    with open(f"{folder}/case.json") as file:
        case = json.load(file)
    data = np.fromfile(f"{folder}/data.f64")
    for name, rows, cols, offset in case.pop("arrays"):
        array = data[offset : offset + rows * cols].reshape(rows, cols)
        case[name] = array[0] if rows == 1 else array
    return case


def quadratic(case):
    """Product with the Hessian, linear part and constant: impact by Toeplitz products in time, risk by sums of what is done."""
    buckets = case["lower"].shape[0]
    apart = np.abs(np.subtract.outer(np.arange(buckets), np.arange(buckets)))
    names = case["quantity"].size
    matrices = case["matrices"].reshape(-1, names, names)
    terms = [(w * d**apart, K) for w, d, K in zip(case["weights"], case["decay"], matrices)]
    form = 2 * case["aversion"] * case["covariance"]
    twice = 2 * case["temporary"]
    q = case["quantity"]

    def until_end(rows):
        return np.cumsum(rows[::-1], axis=0)[::-1]

    def product(V):
        out = twice * V + until_end(np.cumsum(V, axis=0) @ form)
        for in_time, K in terms:
            out += (in_time @ V) @ K
        return out

    linear = -until_end(np.tile(q @ form, (buckets, 1)))
    # Every name trades on one side, so what it pays of spread is linear.
    spread = case["spread"] * np.sign(q)
    return product, linear, spread, 0.5 * buckets * (q @ form @ q)


def concave(case):
    """Cost and gradient of the potentials of decayed volumes; zero where there are none."""
    if "own" not in case:
        return lambda V: 0.0, lambda V: (0.0, 0.0)
    power, scales = case["power"], np.append(case["scales"], case["modeScale"])
    weights = np.column_stack([case["own"], case["modeWeights"]])
    directions = np.column_stack([np.eye(case["quantity"].size), case["direction"]])
    buckets = case["lower"].shape[0]
    apart = np.subtract.outer(np.arange(buckets), np.arange(buckets))
    filters = [np.tril(np.where(apart >= 0, d ** np.maximum(apart, 0), 0.0)) for d in case["concaveDecay"]]
    series = [0.5]
    for k in range(2, 20):
        series.append(series[-1] * (power + 1 - k) / (k + 1))

    def shape(x):
        y = np.abs(x) / scales
        grown = np.expm1(power * np.log1p(y))
        potential = ((y + grown + y * grown) / (1 + power) - y) / power
        small = y < SERIES_BELOW
        near = y[small]
        potential[small] = near**2 * np.polyval(series[::-1], near)
        return np.sign(x) * scales * grown / power, scales**2 * potential

    def both(V):
        flow = V @ directions
        cost, gradient = 0.0, np.zeros_like(flow)
        for L, w in zip(filters, weights):
            after = L @ flow
            level_after, potential_after = shape(after)
            level_before, potential_before = shape(after - flow)
            cost += w @ (potential_after - potential_before).sum(axis=0)
            gradient += w * (L.T @ (level_after - level_before) + level_before)
        return cost, gradient @ directions.T

    return lambda V: both(V)[0], both


def feasible(case):
    """Projection onto the bounds and totals by Newton's method on all multipliers at once, and the cheapest point by a greedy fill."""
    lower, upper, total = case["lower"], case["upper"], case["quantity"]
    room, to_fill = upper - lower, total - lower.sum(axis=0)
    close = 1e-14 * (1 + np.abs(total))
    multipliers = np.zeros_like(total)

    def nearest(z, metric):
        nonlocal multipliers
        inverse = 1 / metric
        below, above = np.full_like(total, -np.inf), np.full_like(total, np.inf)
        nu, stride = multipliers, np.maximum(1, np.abs(multipliers))
        for _ in range(200):
            free = z - nu * inverse
            u = np.clip(free, lower, upper)
            excess = u.sum(axis=0) - total
            if np.all(np.abs(excess) <= close):
                break
            slope = np.where(u == free, inverse, 0).sum(axis=0)
            below, above = np.where(excess > 0, nu, below), np.where(excess > 0, above, nu)
            with np.errstate(divide="ignore", invalid="ignore"):
                newton = nu + excess / slope
                halved = (below + above) / 2
            inside = (newton > below) & (newton < above)
            outwards = nu + np.sign(excess) * stride
            stride *= 2
            step = np.where(inside, newton, np.where(np.isfinite(halved), halved, outwards))
            step = np.where(np.abs(excess) <= close, nu, step)
            if np.array_equal(step, nu):
                break
            nu = step
        multipliers = nu
        return u

    def cheapest(price):
        order = np.argsort(price, axis=0)
        rooms = np.take_along_axis(room, order, axis=0)
        before = np.cumsum(rooms, axis=0) - rooms
        filled = np.clip(to_fill - before, 0, rooms)
        return np.sum(price * lower) + np.sum(np.take_along_axis(price, order, axis=0) * filled)

    return nearest, cheapest


def metric_of(case):
    """Diagonal of about the Hessian: in time, no more than the largest eigenvalue of an exponential or the number of buckets."""
    buckets, names = case["lower"].shape

    def in_time(d):
        return np.minimum((1 + d) / (1 - d), buckets)

    diagonals = np.diagonal(case["matrices"].reshape(-1, names, names), axis1=1, axis2=2)
    by_name = (case["weights"] * in_time(case["decay"])) @ diagonals
    by_name = by_name + 2 * case["aversion"] * np.diagonal(case["covariance"]) * buckets
    if "own" in case:
        slopes = case["own"] + np.outer(case["modeWeights"], case["direction"] ** 2)
        by_name = by_name + in_time(case["concaveDecay"]) @ slopes
    return by_name + 2 * case["temporary"]


def solve(case):
    product, linear, spread, constant = quadratic(case)
    value_of_curved, curved = concave(case)
    nearest, cheapest = feasible(case)
    scale = metric_of(case)
    slopes = linear + spread

    def point(x):
        Hx = product(x)
        bent = value_of_curved(x)
        return x, Hx, bent, np.vdot(x, 0.5 * Hx + slopes) + bent

    current = point(case["start"])
    best, products, iterations = current, 1, 0
    lowest, bound = current[3], -np.inf
    ahead, momentum, lipschitz = current[:2], 1.0, 1.0
    while True:
        y, Hy = ahead
        bent, bent_gradient = curved(y)
        gradient = Hy + slopes + bent_gradient
        if iterations % GAP_EVERY == 0:
            here = np.vdot(y, 0.5 * Hy + slopes) + bent
            bound = max(bound, here - np.vdot(gradient, y) + cheapest(gradient))
            gap = max(0, best[3] - bound) / (best[3] - np.vdot(spread, best[0]) + constant)
            if gap <= case["tolerance"]:
                break
        while True:
            metric = lipschitz * scale
            candidate = point(nearest(y - gradient / metric, metric))
            products += 1
            step = candidate[0] - y
            distance = np.vdot(scale * step, step)
            rise = np.vdot(step, candidate[1] - Hy)
            bend = candidate[2] - bent - np.vdot(bent_gradient * np.ones_like(y), step) - 1e-13 * abs(candidate[2])
            if rise + 2 * max(0, bend) <= lipschitz * distance or distance <= 1e-26 * np.vdot(scale * y, y):
                break
            lipschitz *= GROWS
        lipschitz *= FADES
        lowest = min(lowest, candidate[3])
        if candidate[3] <= lowest + 1e-15 * abs(lowest):
            best = candidate
        moved = candidate[0] - current[0]
        if np.vdot(scale * (y - candidate[0]), moved) > 0:
            ahead, momentum = candidate[:2], 1.0
        else:
            grown = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
            by = (momentum - 1) / grown
            ahead, momentum = (candidate[0] + by * moved, candidate[1] + by * (candidate[1] - current[1])), grown
        current = candidate
        iterations += 1
    return best[3] + constant, gap, products


case = read_case(sys.argv[1])
began, cpu_began = time.perf_counter(), time.process_time()
value, gap, products = solve(case)
seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
facts = {"megabytes": megabytes, "value": value, "gap": gap, "products": products}
print(json.dumps({"seconds": seconds, "cpuSeconds": cpu_seconds, **facts}))
