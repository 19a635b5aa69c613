using System.Text.Json;
using Xunit;

namespace PipelineBackprop.Cli.Tests.Accuracy;

/// <summary>What networks learn from whole data sets, by the run files a user starts with. Slow: some seconds each; one after another.</summary>
[Trait("Category", "Slow")]
public sealed class AccuracyTests : TemporaryFolder
{
    // The reference reaches 96.5 to 96.7 % and 97.6 %.
    private const double Perceptron = 0.960, WithDropout = 0.973;

    [Fact]
    public async Task Mnist_784_256_10_reaches_96_percent_as_the_mean_of_three_seeds() => Assert.InRange(await MeanOfSeedsAsync("mnist.json"), Perceptron, 1);

    [Fact]
    public async Task Mnist_with_dropout_reaches_97_3_percent_as_the_mean_of_three_seeds() =>
        Assert.InRange(await MeanOfSeedsAsync("mnist-dropout.json"), WithDropout, 1);

    [Fact]
    public async Task The_quickstart_passes_97_percent_on_the_drawn_digits()
    {
        JsonElement summary = await TrainAsync("quickstart.json");

        Assert.InRange(summary.GetProperty("testAccuracy").GetDouble(), 0.97, 1);
        Assert.True(summary.GetProperty("regularization").GetDouble() > 0);
    }

    [Fact]
    public async Task A_linear_model_stays_under_93_percent_on_the_drawn_digits()
    {
        JsonElement summary = await TrainAsync(
            "quickstart.json", "--set", "model.layers=[{\"kind\":\"dense\",\"outputs\":10}]", "--set", "pipeline.stages=1",
            "--set", "optimizer.learningRate=0.02", "--set", "training.epochs=20");

        Assert.InRange(summary.GetProperty("testAccuracy").GetDouble(), 0.85, 0.93);
    }

    [Fact]
    public async Task Weight_decay_fits_the_examples_worse_and_new_data_better()
    {
        CliRun run = await CliRun.OfAsync("train", ConfigFile("weight-decay.json"), "--runs", Runs, "--json");
        JsonElement[] runs = [.. run.Json.Where(line => line.GetProperty("event").GetString() == "summary")];

        Assert.Equal((0, 2), (run.Code, runs.Length));
        Assert.True(runs[0].GetProperty("trainLoss").GetDouble() < runs[1].GetProperty("trainLoss").GetDouble());
        Assert.True(runs[0].GetProperty("testLoss").GetDouble() > 1.5 * runs[1].GetProperty("testLoss").GetDouble());
    }

    private async Task<double> MeanOfSeedsAsync(string runFile)
    {
        string data = Path.Combine(RepositoryRoot, "..", "shared", "data", "mnist10k");
        Assert.SkipUnless(Directory.Exists(data), "the ten thousand images of MNIST are not at ../shared/data/mnist10k");
        double sum = 0;
        foreach (int seed in new[] { 1, 2, 3 })
            sum += (await TrainAsync(runFile, "--data-dir", data, "--set", $"seed={seed}")).GetProperty("testAccuracy").GetDouble();
        return sum / 3;
    }

    private async Task<JsonElement> TrainAsync(string runFile, params string[] more)
    {
        CliRun run = await CliRun.OfAsync(["train", ConfigFile(runFile), "--runs", Runs, "--json", .. more]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        return run.Json[^1];
    }
}
