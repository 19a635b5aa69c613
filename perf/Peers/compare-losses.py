#!/usr/bin/env python3
"""Says how far the losses of peers are apart: compare-losses.py [--tolerance 1e-4] reads lines of JSON of the same work from standard input.

Prints the largest relative difference to the first line for each further one; exit code 1 when one is above the tolerance, 2 when there is nothing to compare.
"""

import argparse
import json
import sys


def main():
    parser = argparse.ArgumentParser(description="Compares the losses in lines of JSON from peers.")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="largest relative difference (default 1e-4)")
    options = parser.parse_args()
    lines = [json.loads(line) for line in sys.stdin if line.strip()]
    if len(lines) < 2:
        parser.error(f"{len(lines)} line of JSON on standard input, where two or more would be right")
    first, is_equal = lines[0], True
    for line in lines[1:]:
        same_work = all(line[key] == first[key] for key in ("sizes", "batch", "lr", "lambda"))
        if not same_work or len(line["losses"]) != len(first["losses"]):
            parser.error(f"{line['peer']} did other work than {first['peer']}")
        difference = max(abs(a - b) / abs(b) for a, b in zip(line["losses"], first["losses"]))
        is_equal &= difference <= options.tolerance
        print(f"{line['peer']} against {first['peer']}: {difference:.1e}")
    sys.exit(0 if is_equal else 1)


if __name__ == "__main__":
    main()
