/** What each check of the certificate compares, on K normalised by self impact where it says so. */
export const CHECK_WORDS = {
  positive_diagonal: 'Every self impact must be above zero; listed only where one is not.',
  symmetric: 'Largest difference between normalised K and its transpose: 0.',
  psd_min_eigenvalue:
    'Smallest eigenvalue of normalised K, of every part where there are parts: at least 0, so that no basket is paid for being bought.',
  parts_sum: 'Largest difference between K and the sum of its parts: 0.',
  diagonal_floor: 'Smallest ratio of a self impact to its floor (constrain.floor): at least 1.',
  cross_bound: 'Largest link of normalised K: at most constrain.rho.',
  condition_number:
    'Largest over smallest eigenvalue of normalised K: at most constrain.condition_cap, where one is asked for.',
  kernel_min_weight: 'Smallest weight of the decay: at least 0.',
  kernel_weight_sum: 'How far the weights of the decay are from a sum of 1: 0.',
  kernel_min_level: 'Smallest value of the decay: at least 0.',
  kernel_max_slope: 'Largest step of the decay: at most 0, so that impact never grows after a trade.',
  kernel_min_curvature:
    'Smallest curvature of the decay: at least 0. A decay that is not convex pays for some round trip.',
  spectrum_min_eigenvalue: 'Smallest eigenvalue of the impact at any frequency: at least 0.',
  round_trip_min_eigenvalue:
    'Smallest cost of schedules of up to 48 trades, per squared millions and normalised: at least 0, so that no round trip makes money.',
  concave_min_weight:
    'Smallest weight of impact that is concave after its decay: at least 0, so that every potential is convex and no round trip makes money.',
  concave_min_decay: 'Smallest decay per bucket of a concave term: at least 0.',
  concave_max_decay: 'Largest decay per bucket of a concave term: below 1. What is permanent is linear.',
  concave_min_power: 'Power of large volumes in concave impact: above 0.',
  concave_max_power: 'Power of large volumes in concave impact: at most 1.',
  concave_min_scale: 'Smallest volume at which concave impact bends: above 0, so that its slope at zero is finite.',
} as const;
