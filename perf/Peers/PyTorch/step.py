#!/usr/bin/env python3
"""Times a training step of a dense network in plain PyTorch, on a CPU or a GPU, and prints one line of JSON; ../README.md has the options."""

import argparse
import contextlib

import peer


def sizes(text):
    """The type of the option of that name."""
    widths = text.split("-")
    if len(widths) < 2 or not all(width.isascii() and width.isdigit() and int(width) > 0 for width in widths):
        raise argparse.ArgumentTypeError(f"'{text}', where sizes such as 784-256-10 would be right")
    return [int(width) for width in widths]


def made_case(torch, options):
    """A network of random numbers on the device itself, for sizes whose files would be large."""
    torch.manual_seed(options.seed)
    layers = [torch.nn.Linear(inputs, outputs, device=options.device) for inputs, outputs in zip(options.sizes, options.sizes[1:])]
    x = torch.rand(options.batch, options.sizes[0], device=options.device)
    return layers, x, torch.randint(options.sizes[-1], (options.batch,), device=options.device)


def main():
    parser = peer.parser(__doc__)
    parser.add_argument("--sizes", type=sizes, help="instead of files: a network of random numbers, such as 4096-4096-4096")
    parser.add_argument("--batch", type=peer.integer(1), default=256, help="with --sizes: examples of the minibatch (default 256)")
    parser.add_argument("--seed", type=peer.integer(0), default=7, help="with --sizes: seed of weights and minibatch (default 7)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    parser.add_argument("--precision", choices=["float32", "tf32", "bf16"], default="float32", help="of the products; bf16 is autocast over float32 parameters")
    parser.add_argument("--compile", nargs="?", const="default", help="compile the network with torch.compile, in this mode")
    parser.add_argument("--group", type=peer.integer(1), help="steps of one sample (default 1 on a CPU, 10 on a GPU)")
    options = parser.parse_args()

    torch = peer.load_torch(options.threads)
    is_gpu = options.device.startswith("cuda")
    if is_gpu and not torch.cuda.is_available():
        raise peer.PeerError(peer.CANNOT_RUN_HERE, f"PyTorch {torch.__version__} sees no CUDA device.")
    result = {"peer": "pytorch", "versions": peer.versions(torch)}
    if options.check:
        return result

    torch.backends.cuda.matmul.allow_tf32 = options.precision == "tf32"
    layers, x, y = made_case(torch, options) if options.sizes else peer.load_case(torch, options)
    model = peer.network(torch, layers).to(options.device)
    x, y = x.to(options.device), y.to(options.device)
    optimizer = peer.optimizer(torch, model, options)
    forward = torch.compile(model, mode=options.compile) if options.compile else model
    loss_of = torch.nn.functional.cross_entropy

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(options.device.split(":")[0], torch.bfloat16) if options.precision == "bf16" else contextlib.nullcontext():
            loss = loss_of(forward(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    try:
        losses = [step().item() for _ in range(10)]
    except torch._dynamo.exc.TorchDynamoException as error:
        raise peer.PeerError(peer.CANNOT_RUN_HERE, f"torch.compile does not work here: {peer.one_line(error)}") from None
    for _ in range(options.warmups):
        step()
    synchronize = torch.cuda.synchronize if is_gpu else lambda: None
    synchronize()
    group = options.group or (10 if is_gpu else 1)
    timing = peer.timed(step, lambda samples, seconds: samples * group < options.steps and (samples < 5 or seconds < options.seconds), synchronize, group)

    if is_gpu:
        result["versions"]["CUDA"] = torch.version.cuda
    return result | {
        "variant": f"compile {options.compile}" if options.compile else "eager",
        "device": torch.cuda.get_device_name() if is_gpu else "cpu",
        "precision": options.precision,
        "sizes": [layers[0].in_features] + [layer.out_features for layer in layers],
        "batch": x.shape[0],
        "threads": torch.get_num_threads(),
        "lr": options.lr,
        "lambda": options.decay,
        **timing,
        "losses": losses,
    }


if __name__ == "__main__":
    peer.run("step.py", main)
