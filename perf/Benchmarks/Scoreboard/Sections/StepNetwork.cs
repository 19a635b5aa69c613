namespace PipelineBackprop.Benchmarks.Scoreboard.Sections;

/// <summary>A network whose training step is measured, and what is wanted of it.</summary>
/// <param name="Widths">Inputs, hidden layers, classes.</param>
/// <param name="Examples">Examples of the minibatch.</param>
/// <param name="LeastOfPeer">The least ratio to the peer's best time.</param>
/// <param name="LeastOfPeak">The least share of the FMA peak; null where the products do not decide.</param>
internal sealed record StepNetwork(int[] Widths, int Examples, double LeastOfPeer, double? LeastOfPeak = null)
{
    public static StepNetwork Usual { get; } = new([784, 256, 10], 256, LeastOfPeer: 1.3);

    public static StepNetwork Deep { get; } = new([784, 1024, 1024, 1024, 10], 256, LeastOfPeer: 1.15, LeastOfPeak: 0.85);

    public static StepNetwork Large { get; } = new([1024, 2048, 2048, 2048, 2048, 10], 1024, LeastOfPeer: 1.0, LeastOfPeak: 0.88);

    public static StepNetwork Small { get; } = new([784, 32, 10], 16, LeastOfPeer: 4);

    public StepCase OneStage(int threads) => new(Widths, Examples, Stages: 1, MicroBatches: 1, threads);

    public override string ToString() => $"{Words.Network(Widths)}, batch {Examples}";
}
