#!/usr/bin/env python3
"""Times a training step in torch.distributed.pipelining, two ranks over gloo, and prints one line of JSON; ../README.md has the options."""

import ctypes
import multiprocessing
import os
import signal
import sys
import tempfile
import time

import peer

STAGES = 2


def split(sizes):
    """Layers of the first stage, so that the larger stage has as few multiply-adds as it can; the first layer of all needs no input gradient."""
    work = [inputs * outputs * (2 if layer == 0 else 3) for layer, (inputs, outputs) in enumerate(zip(sizes, sizes[1:]))]
    return min(range(1, len(work)), key=lambda count: max(sum(work[:count]), sum(work[count:])))


def take_turns(torch, distributed, step, seconds_of_step, options, rank, link):
    """Samples of each turn; the last rank hears when one begins, and tells the others."""
    is_last = rank == STAGES - 1
    count = min(options.steps, max(1, int(options.seconds / seconds_of_step)))
    turns = []
    while True:
        if is_last:
            link.send(None)  # ready
        steps = torch.tensor(count if not is_last or link.recv() else 0)
        distributed.broadcast(steps, STAGES - 1)
        if int(steps) == 0:
            return turns
        step()
        turns.append(peer.sampled(step, lambda samples, _: samples < int(steps)))


def train(torch, options, rank, link):
    import torch.distributed as distributed
    from torch.distributed.pipelining import PipelineStage, Schedule1F1B, ScheduleGPipe

    layers, x, y = peer.load_case(torch, options)
    sizes = [layers[0].in_features] + [layer.out_features for layer in layers]
    if len(layers) < STAGES:
        raise peer.PeerError(peer.BAD_INPUT, f"{len(layers)} layer cannot be cut into {STAGES} stages.")
    if len(x) % options.micro_batches:
        raise peer.PeerError(peer.BAD_INPUT, f"{len(x)} examples cannot be cut into {options.micro_batches} equal micro-batches, which this system needs.")
    first = options.split or split(sizes)
    if first >= len(layers):
        raise peer.PeerError(peer.BAD_INPUT, f"--split is {first}, where a number below the {len(layers)} layers would be right.")
    model = peer.network(torch, layers[first:] if rank else layers[:first], is_last=rank == STAGES - 1)
    optimizer = peer.optimizer(torch, model, options)

    def loss_of(output, target):
        # The schedule adds up the gradients of the micro-batches as they are, so each loss is its share of the minibatch's mean.
        return torch.nn.functional.cross_entropy(output, target, reduction="sum") / len(x)

    schedule = {"gpipe": ScheduleGPipe, "1f1b": Schedule1F1B}[options.schedule](
        PipelineStage(model, rank, STAGES, torch.device("cpu")), options.micro_batches, loss_fn=loss_of
    )

    def step():
        optimizer.zero_grad(set_to_none=True)
        losses = []
        if rank == 0:
            schedule.step(x)
        else:
            schedule.step(target=y, losses=losses)
        optimizer.step()
        return sum(losses)

    losses = [float(step()) for _ in range(10)]
    for _ in range(options.warmups):
        step()
    # The ranks must take the same number of steps: the last one estimates it and tells the other.
    distributed.barrier()
    start = time.perf_counter()
    for _ in range(3):
        step()
    seconds_of_step = (time.perf_counter() - start) / 3
    if options.turns:
        turns = take_turns(torch, distributed, step, seconds_of_step, options, rank, link)
        if not turns:
            raise peer.PeerError(peer.BAD_INPUT, "standard input ended before the first turn, where a line for each turn would be right.")
        timing = peer.timing(turns)
    else:
        count = torch.tensor(min(options.steps, max(5, int(options.seconds / seconds_of_step))))
        distributed.broadcast(count, STAGES - 1)
        timing = peer.timed(step, lambda samples, _: samples < int(count))
    return {
        "peer": "pytorch-pipelining",
        "versions": peer.versions(torch),
        "variant": "eager",
        "device": "cpu",
        "precision": "float32",
        "sizes": sizes,
        "batch": len(x),
        "threads": torch.get_num_threads(),
        "stages": STAGES,
        "layersOfStages": [first, len(layers) - first],
        "schedule": options.schedule,
        "microBatches": options.micro_batches,
        "lr": options.lr,
        "lambda": options.decay,
        **timing,
        "losses": losses,
    }


def rank_main(options, rank, store, link):
    if sys.platform == "linux":  # a rank must not outlive the program, which may be killed while the ranks wait for each other
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    try:
        torch = peer.load_torch(options.threads)
        import torch.distributed as distributed

        distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=STAGES)
        result = train(torch, options, rank, link)
        if rank == STAGES - 1:
            link.send((0, result))
        distributed.barrier()
    except peer.PeerError as error:
        link.send((error.code, str(error)))
    except Exception as error:  # whatever a rank throws is told by the one that started it
        link.send((1, peer.one_line(error)))


def hear(link, options, torch):
    """The code and the result, or the sentence; between them what --turns wants to be said and heard."""
    while True:
        if not link.poll(options.timeout):
            what = f"{options.schedule} with {options.micro_batches} micro-batches on gloo"
            raise peer.PeerError(peer.HANGS, f"PyTorch {torch.__version__}: {what} hangs: no result within {options.timeout:g} s.")
        if (heard := link.recv()) is not None:
            return heard
        print(flush=True)
        link.send(bool(sys.stdin.readline()))


def main():
    parser = peer.parser(__doc__)
    parser.add_argument("--schedule", choices=["gpipe", "1f1b"], default="gpipe", help="(default gpipe)")
    parser.add_argument("--micro-batches", type=peer.integer(1), default=8, help="parts of the minibatch (default 8)")
    parser.add_argument("--split", type=peer.integer(1), help="layers of the first stage (default: the most even work)")
    parser.add_argument("--turns", action="store_true", help="time steps in turns with another program, which tells by lines on standard input when")
    parser.add_argument("--timeout", type=peer.number, default=60.0, help="seconds after which it is said to hang (default 60)")
    options = parser.parse_args()

    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    os.environ.setdefault("USE_LIBUV", "0")
    torch = peer.load_torch(options.threads)
    try:
        import torch.distributed.pipelining  # noqa: F401
    except ImportError as error:
        raise peer.PeerError(peer.CANNOT_RUN_HERE, f"PyTorch {torch.__version__} has no torch.distributed.pipelining: {error}.") from None
    if not torch.distributed.is_gloo_available():
        raise peer.PeerError(peer.CANNOT_RUN_HERE, f"PyTorch {torch.__version__} was built without gloo.")
    if options.check:
        return {"peer": "pytorch-pipelining", "versions": peer.versions(torch)}

    context = multiprocessing.get_context("spawn")
    own, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        ranks = [context.Process(target=rank_main, args=(options, rank, f"{folder}/store", theirs), daemon=True) for rank in range(STAGES)]
        for process in ranks:
            process.start()
        theirs.close()
        try:
            code, result = hear(own, options, torch)
        except EOFError:
            code, result = 1, "the ranks ended without a result"
        finally:
            for process in ranks:
                process.join(1 if sys.exc_info()[0] is None else 0)
                process.kill()
                process.join()
    if code:
        raise peer.PeerError(code, result if result.endswith(".") else f"{result}.")
    return result


if __name__ == "__main__":
    peer.run("pipelining.py", main)
