using System.Numerics.Tensors;
using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>Evaluation and prediction: equal to a computation by hand, and to the bit over any split and any number of rows.</summary>
public sealed class ForwardTests
{
    private const int Inputs = 7, Outputs = 4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(400)]
    [InlineData(1025)]
    public async Task Loss_and_accuracy_are_those_of_the_outputs(int examples)
    {
        Minibatch data = Trial.Classified(5, examples, Inputs, Outputs);
        await using Pipeline pipeline = await CreateAsync(1, microBatches: 1);
        float[] o = await pipeline.PredictAsync(data.Inputs, examples, Token);
        EvaluationResult found = await pipeline.EvaluateAsync(data, Token);

        double loss = 0;
        int correct = 0;
        for (int example = 0; example < examples; example++)
        {
            double[] row = [.. o.AsSpan(example * Outputs, Outputs).ToArray().Select(value => (double)value)];
            int label = (int)data.Targets.Span[example];
            loss += Math.Log(row.Sum(Math.Exp)) - row[label];
            if (row.Max() == row[label]) correct++;
        }
        Assert.Equal(loss / examples, found.Loss, loss / examples * 1e-5);
        Assert.Equal((correct / (double)examples, examples), (found.Accuracy, found.Examples));

        foreach ((int stages, int microBatches) in new[] { (2, 1), (3, 4), (5, 2), (2, 9) })
        {
            await using Pipeline other = await CreateAsync(stages, microBatches);
            EvaluationResult same = await other.EvaluateAsync(new Dataset("drawn", Inputs, data.Inputs, 1, data.Targets, Outputs), Token);
            Assert.Equal((found.Loss, found.Accuracy), (same.Loss, same.Accuracy));
            Assert.Equal(o, await other.PredictAsync(data.Inputs, examples, Token));
            Trial.AssertNothingLent(other);
        }
    }

    // Dropout passes its input on in prediction; what it passes on is the caller's own memory, which the first stage lets go as soon as it is done.
    [Fact]
    public async Task A_first_stage_that_changes_nothing_gives_its_neighbour_memory_of_its_own()
    {
        const int Rows = 700;
        Minibatch data = Trial.Classified(5, Rows, Inputs, Outputs);
        await using Pipeline one = await Pipeline.CreateAsync(Options(1), Token), two = await Pipeline.CreateAsync(Options(2), Token);
        for (int round = 0; round < 20; round++)
        {
            Assert.Equal(await one.PredictAsync(data.Inputs, Rows, Token), await two.PredictAsync(data.Inputs, Rows, Token));
            StepResult expected = await one.TrainStepAsync(data, Token), got = await two.TrainStepAsync(data, Token);
            Assert.Equal(expected.Loss, got.Loss);
        }
        Trial.AssertNothingLent(two);

        static PipelineOptions Options(int stages) => new()
        {
            Layers = [new DropoutLayer(Inputs, 0.3), new DenseLayer(Inputs, Outputs)],
            Loss = new SoftmaxCrossEntropyLoss(),
            Optimizer = new SgdOptimizer(0.1),
            Stages = stages,
            MicroBatches = 4,
        };
    }

    [Fact]
    public async Task A_row_predicts_the_same_bits_alone_and_among_others()
    {
        const int Rows = 300;
        float[] inputs = Trial.Gaussians(3, Rows * Inputs);
        await using Pipeline pipeline = await CreateAsync(3, microBatches: 2);
        float[] all = await pipeline.PredictAsync(inputs, Rows, Token);
        foreach (int row in new[] { 0, 1, 127, 128, 255, 256, 299 })
            Assert.Equal(all[(row * Outputs)..((row + 1) * Outputs)], await pipeline.PredictAsync(inputs.AsMemory(row * Inputs, Inputs), 1, Token));
        Assert.Equal(all[(100 * Outputs)..(217 * Outputs)], await pipeline.PredictAsync(inputs.AsMemory(100 * Inputs, 117 * Inputs), 117, Token));
    }

    [Fact]
    public async Task A_tensor_predicts_as_its_rows_do()
    {
        float[] inputs = Trial.Gaussians(4, 6 * Inputs);
        await using Pipeline pipeline = await CreateAsync(2, microBatches: 2);
        Tensor<float> o = await pipeline.PredictAsync(Tensor.Create(inputs, [6, Inputs]), Token);

        Assert.Equal([6, Outputs], o.Lengths.ToArray());
        var flat = new float[6 * Outputs];
        o.FlattenTo(flat);
        Assert.Equal(await pipeline.PredictAsync(inputs, 6, Token), flat);
    }

    [Fact]
    public async Task Targets_that_are_values_have_no_accuracy()
    {
        await using Pipeline pipeline = await new PipelineBuilder(Inputs).Dense(2).Loss(new HalfSquaredErrorLoss()).BuildAsync(Token);
        Minibatch data = Trial.Valued(1, 10, Inputs, 2);
        float[] o = await pipeline.PredictAsync(data.Inputs, 10, Token);
        double expected = o.Zip(data.Targets.ToArray()).Sum(pair => 0.5 * Math.Pow((double)pair.First - pair.Second, 2)) / 10;
        EvaluationResult found = await pipeline.EvaluateAsync(data, Token);
        Assert.Null(found.Accuracy);
        Assert.Equal(expected, found.Loss, 1e-5);
    }

    private static Task<Pipeline> CreateAsync(int stages, int microBatches) =>
        new PipelineBuilder(Inputs).Dense(11, Activation.Tanh).Dropout(0.5).Dense(9, new Activation(ActivationKind.Gelu)).LayerNormalization().Dense(Outputs)
            .Stages(stages).MicroBatches(microBatches).Seed(2).BuildAsync(Token);
}
