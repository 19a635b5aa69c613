"""What the PyTorch peers have in common: options, input files, timing and the line of JSON. Imports torch only when asked to, so that its thread counts
can be set first and its absence can be told in one line."""

import argparse
import json
import math
import os
import pathlib
import statistics
import sys
import time

BAD_INPUT, CANNOT_RUN_HERE, HANGS = 2, 3, 4


class PeerError(Exception):
    """Ends the peer with one line on standard error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise PeerError(BAD_INPUT, f"{message}.")


def integer(least):
    """The type of an option that is an integer of at least so much."""

    def read(text):
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            raise argparse.ArgumentTypeError(f"'{text}', where an integer of {least} or more would be right")
        return int(text)

    return read


def number(text):
    """The type of an option that is a number and not negative."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}', where a number of 0 or more would be right")
    return value


def parser(description):
    result = Parser(description=description)
    result.add_argument("--check", action="store_true", help="only find out whether the peer can run here")
    result.add_argument("--weights", type=pathlib.Path, help="safetensors file with layers.N.weight [out, in] and layers.N.bias")
    result.add_argument("--data", type=pathlib.Path, help="safetensors file with x [batch, in] and y [batch]")
    result.add_argument("--threads", type=integer(1), default=1, help="threads of one operation (default 1)")
    result.add_argument("--lr", type=number, default=0.01, help="learning rate (default 0.01)")
    result.add_argument("--lambda", type=number, default=0.01, dest="decay", help="weight decay, on weights only (default 0.01)")
    result.add_argument("--warmups", type=integer(0), default=5, help="steps before the first one that is timed (default 5)")
    result.add_argument("--steps", type=integer(1), default=100_000, help="most steps that are timed (default 100000)")
    result.add_argument("--seconds", type=number, default=5.0, help="seconds after which no further step is timed (default 5)")
    return result


def load_torch(threads):
    """PyTorch with so many threads. OpenBLAS, which is what Debian's PyTorch multiplies with, reads its number when it is loaded."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    try:
        import torch
    except (ImportError, OSError) as error:
        raise PeerError(CANNOT_RUN_HERE, f"it needs PyTorch (Debian 13: python3-torch) in {sys.executable}: {error}.") from None
    torch.set_num_threads(threads)
    return torch


def read_safetensors(torch, path):
    """All tensors of a file: eight bytes with the length of a JSON header, the header, little-endian numbers."""
    types = {"F32": torch.float32, "I64": torch.int64}
    try:
        content = bytearray(path.read_bytes())
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start])
        header.pop("__metadata__", None)
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(memoryview(content)[start + begin : start + end], dtype=types[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"]).clone()
        return tensors
    except OSError as error:
        raise PeerError(BAD_INPUT, f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise PeerError(BAD_INPUT, f"{path} is not a safetensors file of F32 and I64: {error!r}.") from None


def load_case(torch, options):
    """(layers, x, y): nn.Linear layers in the order of their numbers, and the minibatch."""
    if options.weights is None or options.data is None:
        raise PeerError(BAD_INPUT, "--weights FILE and --data FILE are needed; make-case.py writes both.")
    weights, data = read_safetensors(torch, options.weights), read_safetensors(torch, options.data)
    try:
        x, y = data["x"], data["y"]
        numbers = sorted(int(name.split(".")[1]) for name in weights if name.startswith("layers.") and name.endswith(".weight"))
        layers, inputs = [], x.shape[1]
        for number in numbers:
            weight, bias = weights[f"layers.{number}.weight"], weights[f"layers.{number}.bias"]
            if weight.shape[1] != inputs or bias.shape != weight.shape[:1]:
                raise PeerError(BAD_INPUT, f"layers.{number} has weight {list(weight.shape)} and bias {list(bias.shape)}, where [out, {inputs}] and [out] would be right.")
            layers.append(linear(torch, weight, bias))
            inputs = weight.shape[0]
    except (KeyError, IndexError, ValueError) as error:
        raise PeerError(BAD_INPUT, f"the files lack {error}, where layers.N.weight, layers.N.bias, x and y would be right.") from None
    if not layers or x.shape[0] != y.shape[0] or int(y.min()) < 0 or int(y.max()) >= inputs:
        raise PeerError(BAD_INPUT, f"{len(layers)} layers, x {list(x.shape)} and y {list(y.shape)} do not fit each other.")
    return layers, x, y


def linear(torch, weight, bias):
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    layer.weight, layer.bias = torch.nn.Parameter(weight), torch.nn.Parameter(bias)
    return layer


def network(torch, layers, is_last=True):
    """The layers with relu between them, and after the last one unless that is the network's output."""
    modules = []
    for layer in layers:
        modules += [layer, torch.nn.ReLU(inplace=True)]
    return torch.nn.Sequential(*(modules[:-1] if is_last else modules))


def optimizer(torch, module, options):
    """Plain SGD, coupled decay on weights only: W ← W − η (∂L/∂W + λ W), b ← b − η ∂L/∂b. The fused form takes one pass."""
    weights = [p for name, p in module.named_parameters() if name.endswith("weight")]
    biases = [p for name, p in module.named_parameters() if name.endswith("bias")]
    groups = [{"params": weights, "weight_decay": options.decay}, {"params": biases, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=options.lr, fused=True)


def timed(step, count_of, synchronize=lambda: None, group=1):
    """What the line of JSON says of milliseconds a step, see sampled."""
    return timing([sampled(step, count_of, synchronize, group)])


def sampled(step, count_of, synchronize=lambda: None, group=1):
    """Milliseconds a step, one sample for each group of steps; count_of(samples, seconds so far) says whether to go on."""
    samples, start = [], time.perf_counter()
    while count_of(len(samples), time.perf_counter() - start):
        before = time.perf_counter()
        for _ in range(group):
            step()
        synchronize()
        samples.append((time.perf_counter() - before) * 1000 / group)
    return samples


def timing(turns):
    """What the line of JSON says of the samples of each turn."""
    samples = [sample for turn in turns for sample in turn]
    return {"medianMs": statistics.median(samples), "minimumMs": min(samples), "samples": len(samples), "turnsMs": [statistics.median(turn) for turn in turns]}


def one_line(error):
    """Type and message of an exception, cut where a compiler's output would begin."""
    text = f"{type(error).__name__}: " + " ".join(str(error).split())
    return text if len(text) < 300 else f"{text[:300]} …"


def run(name, body):
    """Prints what body returns as one line of JSON, or one sentence on standard error; ends the process."""
    try:
        print(json.dumps(body(), separators=(",", ":"), ensure_ascii=False), flush=True)
    except PeerError as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(error.code)
    except Exception as error:
        print(f"{name}: {one_line(error)}", file=sys.stderr)
        sys.exit(1)


def versions(torch):
    return {"PyTorch": torch.__version__, "Python": sys.version.split()[0]}
