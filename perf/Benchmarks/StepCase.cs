using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks;

/// <summary>A training step to measure: dense relu layers, softmax cross-entropy, SGD with coupled weight decay, and how the work is divided.</summary>
/// <param name="Widths">Widths of the network: inputs, hidden layers, classes.</param>
/// <param name="Examples">Examples of the minibatch.</param>
/// <param name="Stages">Stages, each with one executor thread.</param>
/// <param name="MicroBatches">Micro-batches, in 1F1B order.</param>
/// <param name="Threads">Threads a stage.</param>
public sealed record StepCase(IReadOnlyList<int> Widths, int Examples, int Stages, int MicroBatches, int Threads) : IHasWork
{
    /// <summary>Seed of parameters and minibatch.</summary>
    internal const ulong Seed = 7;

    // So small that thousands of steps leave the numbers, and with them the work, as they were.
    private const double LearningRate = 1e-4, Lambda = 1e-3;

    /// <summary>The divisions that are compared for every network.</summary>
    public static IEnumerable<StepCase> Divisions(IReadOnlyList<int> widths, int examples) =>
    [
        new(widths, examples, Stages: 1, MicroBatches: 1, Threads: 1),
        new(widths, examples, Stages: 1, MicroBatches: 1, Threads: 2),
        new(widths, examples, Stages: 2, MicroBatches: 4, Threads: 1),
        new(widths, examples, Stages: 2, MicroBatches: 8, Threads: 1),
    ];

    /// <summary>Three products a layer, without the gradient of the network's input.</summary>
    public double Flops => 2.0 * Examples * (3 * Widths.Zip(Widths.Skip(1), (inputs, outputs) => (double)inputs * outputs).Sum() - (double)Widths[0] * Widths[1]);

    /// <summary>Numbers that are trained.</summary>
    internal long Parameters => Widths.Zip(Widths.Skip(1), (inputs, outputs) => (inputs + 1L) * outputs).Sum();

    /// <summary>What the pipeline of this case is built from.</summary>
    internal PipelineOptions Options => new()
    {
        Layers = [.. Enumerable.Range(1, Widths.Count - 1).Select(Layer)],
        Loss = new SoftmaxCrossEntropyLoss(),
        Optimizer = new SgdOptimizer(LearningRate),
        WeightDecay = new WeightDecay(Lambda),
        Stages = Stages,
        MicroBatches = MicroBatches,
        ThreadsPerStage = Threads,
        Schedule = "1f1b",
        Seed = Seed,
    };

    /// <summary>The parts the minibatch is cut into.</summary>
    internal MicroBatchRange[] Ranges => MicroBatchRange.Split(Examples, MicroBatches);

    /// <summary>Inputs uniform in [0, 1) and random classes.</summary>
    internal Minibatch CreateMinibatch()
    {
        var random = new RandomStream(Seed, stream: 1UL << 40);
        var inputs = new float[Examples * Widths[0]];
        var classes = new int[Examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)random.NextDouble();
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(Widths[^1]);
        return Minibatch.FromClasses(inputs, classes);
    }

    /// <summary>Prints as <c>1 stage, 2 threads</c> or <c>2 stages, m=4</c>.</summary>
    public override string ToString() => Stages == 1 ? $"1 stage, {Threads} thread{(Threads == 1 ? "" : "s")}" : $"{Stages} stages, m={MicroBatches}";

    private DenseLayer Layer(int index) =>
        new(Widths[index - 1], Widths[index], index == Widths.Count - 1 ? default : Activation.Relu);
}
