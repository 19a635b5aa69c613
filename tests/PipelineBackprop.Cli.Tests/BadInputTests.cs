using System.Text;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

/// <summary>What a person may get wrong: one sentence, exit code 2, no stack trace, nothing left behind.</summary>
public sealed class BadInputTests : TemporaryFolder
{
    [Theory]
    [InlineData("train none.json", "none.json does not exist.")]
    [InlineData("train small.json --set optimizer.learningrat=1", "--set optimizer.learningrat=1: unknown setting 'optimizer.learningrat'; did you mean 'learningRate'?")]
    [InlineData("train small.json --set model.layers.1.outputs=5", "The last layer (dense 16→5) has 5 outputs, but drawn digits, training part has 10 classes and needs as many.")]
    [InlineData("train small.json --set model.loss=huber", "'model.loss' is huber, which needs numbers to predict, but drawn digits, training part holds classes; use softmaxCrossEntropy.")]
    [InlineData("train linear.json --set model.loss=softmaxCrossEntropy", "'model.loss' is softmaxCrossEntropy, which needs classes, but synthetic regression, training part holds numbers to predict; use halfSquaredError or huber.")]
    [InlineData("train linear.json --set model.layers.0.outputs=2", "The last layer (dense 3→2) has 2 outputs, but synthetic regression, training part has 1 numbers to predict and needs as many.")]
    [InlineData("train small.json --set model.layers.0.slope=0.1", "'model.layers.0': The setting \"slope\" does not belong to the activation relu; only leakyRelu has a slope.")]
    [InlineData("train small.json --set pipeline.devices=[\"cuda:9\"]", "cuda:9")]
    [InlineData("train small.json --set training.dropLast=true --set training.batchSize=500", "'training.batchSize' is 500, but there are 200 examples to train on, and 'training.dropLast' leaves out what is no full minibatch.")]
    [InlineData("train small.json --resume", "small does not exist, neither here nor in")]
    [InlineData("train small.json --resume --init x", "--resume and --init cannot be given together: a resumed run has its weights already.")]
    [InlineData("train small.json --init none.safetensors", "none.safetensors")]
    [InlineData("train small.json --init text.csv", "text.csv")]
    [InlineData("train small.json --name a/b", "'name' is \"a/b\", but must be 1 to 100 letters, digits, '.', '_' or '-', not starting with '.'.")]
    [InlineData("train small.json --runs text.csv", "text.csv/small cannot be made: ")]
    [InlineData("train small.json --set data={\"kind\":\"idx\"} --data-dir none", "none")]
    [InlineData("train small.json --set data={\"kind\":\"idx\",\"trainCount\":1,\"testCount\":1} --data-dir broken", "train-images-idx3-ubyte")]
    [InlineData("train small.json --set data={\"kind\":\"csv\",\"file\":\"none.csv\"}", "none.csv: there is no such file")]
    [InlineData("train small.json --set data={\"kind\":\"csv\",\"file\":\"text.csv\",\"label\":\"colour\"}", "colour")]
    [InlineData("train small.json --set data={\"kind\":\"csv\",\"file\":\"text.csv\",\"label\":\"y\"}", "text.csv, line 3")]
    [InlineData("eval nothing", "The run folder nothing does not exist, neither here nor in")]
    [InlineData("eval broken", "The run folder broken does not exist, neither here nor in")]
    [InlineData("predict nothing", "The run folder nothing does not exist, neither here nor in")]
    [InlineData("gradcheck small.json --entries 0", "--entries is 0, but must be at least 1.")]
    [InlineData("gradcheck small.json --examples 0", "--examples is 0, but must be from 1 to 1024.")]
    [InlineData("gradcheck small.json --tolerance -1", "--tolerance is -1, but must be above 0.")]
    [InlineData("data get nothing --catalogue text.csv", "text.csv")]
    [InlineData("data get nothing --catalogue none.json", "none.json")]
    [InlineData("data info --data-dir broken", "train-images-idx3-ubyte")]
    public async Task BadInput_OneSentenceAndCodeTwo(string command, string part)
    {
        Write("text.csv", "x,y\n1,a\nhello,b\n2,a\n");
        Directory.CreateDirectory(At("broken"));
        Write("broken/train-images-idx3-ubyte", Encoding.ASCII.GetBytes("no images"));
        Write("broken/train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 9]);

        CliRun run = await InFolderAsync(command.Split(' '));

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("runs")), "a run that cannot begin leaves no folder");
    }

    [Fact]
    public async Task Predict_WrongWidth_NamesLineAndWidths()
    {
        await CliRun.OfAsync("train", LinearFile, "--runs", Runs);

        CliRun run = await CliRun.WithInputAsync("1,2,3\n1,2\n", "predict", "linear", "--runs", Runs);

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.StartsWith("standard input, line 2", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_OtherModel_IsRefused()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);

        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--resume", "--set", "model.layers.0.outputs=17");

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.Contains("the run's is dense 784→17", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"outputs\": 16", await File.ReadAllTextAsync(At("runs", "small", "config.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verbose_AddsTheDetails()
    {
        CliRun run = await CliRun.OfAsync("train", At("none.json"), "--verbose");

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains("   at ", run.Error, StringComparison.Ordinal);
    }

    // The files are given relative to the test's folder, so its names are put in front.
    private Task<CliRun> InFolderAsync(string[] arguments)
    {
        HashSet<string> names = ["none.json", "small.json", "linear.json", "text.csv", "none.safetensors", "broken", "none", "none.csv"];
        string[] located = [.. arguments.Select(argument => names.Contains(argument) && !IsRunName(arguments, argument) ? At(argument) : argument.Replace("\"file\":\"", $"\"file\":\"{At("x")[..^1]}", StringComparison.Ordinal))];
        bool hasRuns = arguments[0] is "train" or "eval" or "predict" && !arguments.Contains("--runs");
        return CliRun.OfAsync([.. located, .. hasRuns ? ["--runs", Runs] : Array.Empty<string>()]);

        static bool IsRunName(string[] arguments, string argument) => arguments[0] is "eval" or "predict" && arguments[1] == argument;
    }
}
