#!/usr/bin/env python3
"""Says how far the losses of peers are apart: compare-losses.py [--tolerance 1e-4] reads lines of JSON of the same work from standard input.

Prints the largest relative difference to the first line for each further one; exit code 1 when one is above the tolerance, 2 when there is nothing to compare.
"""

import argparse
import json
import math
import sys


def main():
    parser = argparse.ArgumentParser(description="Compares the losses in lines of JSON from peers.")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="largest relative difference (default 1e-4)")
    options = parser.parse_args()
    try:
        lines = [json.loads(line) for line in sys.stdin if line.strip()]
        of_training = [(line["peer"], line["losses"], [line[key] for key in ("sizes", "batch", "lr", "lambda")]) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        parser.error(f"a line on standard input cannot be compared ({error!r}), where lines of JSON from peers that train would be right")
    if len(lines) < 2:
        parser.error(f"{len(lines)} line of JSON on standard input, where two or more would be right")
    (first, losses, work), is_equal = of_training[0], True
    for peer, its_losses, its_work in of_training[1:]:
        if its_work != work or len(its_losses) != len(losses):
            parser.error(f"{peer} did other work than {first}")
        differences = [abs(a - b) / abs(b) for a, b in zip(its_losses, losses)]
        is_equal &= all(difference <= options.tolerance for difference in differences)  # NaN is not, and max() would step over it
        print(f"{peer} against {first}: {math.nan if any(map(math.isnan, differences)) else max(differences):.1e}")
    sys.exit(0 if is_equal else 1)


if __name__ == "__main__":
    main()
