using System.Runtime.CompilerServices;
using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Inference;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Documentation;

/// <summary>The README's example compiles, runs, and is the one below.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task The_example_of_the_readme_runs()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        // <example>
        DatasetPair digits = DrawnDigits.Generate(seed: 1, cancellationToken: cancellationToken);

        await using Pipeline pipeline = await new PipelineBuilder(inputs: 784)
            .Dense(256, Activation.Relu)
            .Dense(10)
            .Loss(new SoftmaxCrossEntropyLoss())
            .Optimizer(new SgdOptimizer(learningRate: 0.1, momentum: 0.9))
            .WeightDecay(1e-4)
            .Stages(2).MicroBatches(4).Schedule("1f1b")
            .BuildAsync(cancellationToken);

        var minibatch = new Minibatch(digits.Train.Inputs[..(128 * 784)], digits.Train.Targets[..128], count: 128);
        StepResult step = await pipeline.TrainStepAsync(minibatch, cancellationToken); // L, s, J, gradient norm, times of each stage
        EvaluationResult test = await pipeline.EvaluateAsync(digits.Test, cancellationToken);
        float[] outputs = await pipeline.PredictAsync(digits.Test.Row(0).ToArray(), rows: 1, cancellationToken);

        using Predictor predictor = await pipeline.CreatePredictorAsync(threads: 2, cancellationToken); // or Predictor.LoadAsync(layers, checkpointDirectory)
        predictor.Predict(digits.Test.Row(0), outputs, cancellationToken);
        // </example>
        Assert.Equal(step.Loss + step.Regularization, step.Objective);
        Assert.Equal(digits.Test.Count, test.Examples);
        Assert.Equal(10, outputs.Length);
    }

    [Fact]
    public void The_example_of_the_readme_is_the_one_that_is_compiled()
    {
        string source = File.ReadAllText(ThisFile());
        string readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "..", "README.md"));
        string compiled = Normalize(Between(source, "// <example>", "// </example>"));

        Assert.Equal(compiled, Normalize(Between(readme, "```csharp", "```")));
    }

    private static string Between(string text, string start, string end)
    {
        int from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static string Normalize(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
