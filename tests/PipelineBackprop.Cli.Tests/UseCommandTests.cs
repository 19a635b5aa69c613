using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Text.Json;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

/// <summary>Commands that use a trained network: eval, predict, gradcheck.</summary>
public sealed class UseCommandTests : TemporaryFolder
{
    private const string Flowers = "length,colour,kind\n1,red,a\n2,red,a\n3,blue,b\n4,blue,b\n5,green,b\n1.5,red,a\n3.5,blue,b\n4.5,green,b\n";

    [Fact]
    public async Task Eval_GivesTheNumbersOfTheSummary()
    {
        CliRun trained = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--json");

        long started = Stopwatch.GetTimestamp();
        CliRun byPath = await CliRun.OfAsync("eval", At("runs", "small"), "--json");
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        CliRun byName = await CliRun.OfAsync("eval", "small", "--runs", Runs);

        JsonElement summary = trained.Json[^1];
        Assert.Equal(["train", "test"], byPath.Json.Select(line => line.GetProperty("part").GetString()));
        Assert.Equal(summary.GetProperty("trainLoss").GetDouble(), byPath.Json[0].GetProperty("loss").GetDouble());
        Assert.Equal(summary.GetProperty("trainAccuracy").GetDouble(), byPath.Json[0].GetProperty("accuracy").GetDouble());
        Assert.Equal(summary.GetProperty("testAccuracy").GetDouble(), byPath.Json[1].GetProperty("accuracy").GetDouble());
        Assert.Equal((ExitCode.Done, ""), (byName.Code, byName.Error));
        Assert.InRange(byPath.Json.Sum(line => line.GetProperty("seconds").GetDouble()), 0, seconds);
        string[] cells = byName.Lines.First(line => line.TrimStart().StartsWith("train", StringComparison.Ordinal)).Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(("200", $"{summary.GetProperty("trainAccuracy").GetDouble() * 100:0.00} %"), (cells[1], cells[3]));
        Assert.InRange(double.Parse(cells[4], CultureInfo.InvariantCulture), 1, double.MaxValue);
    }

    [Fact]
    public async Task Predict_Images_ClassAndProbabilities()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        string images = Write("images.idx", Idx(3));

        CliRun text = await CliRun.OfAsync("predict", "small", images, "--runs", Runs), json = await CliRun.OfAsync("predict", "small", images, "--runs", Runs, "--json");

        Assert.Equal((ExitCode.Done, ""), (text.Code, text.Error));
        Assert.Equal("class\tprobability\tp(0)\tp(1)\tp(2)\tp(3)\tp(4)\tp(5)\tp(6)\tp(7)\tp(8)\tp(9)", text.Lines[0]);
        Assert.Equal(3, json.Json.Length);
        for (int row = 0; row < 3; row++)
        {
            double[] probabilities = [.. json.Json[row].GetProperty("probabilities").EnumerateArray().Select(value => value.GetDouble())];
            Assert.Equal(1, probabilities.Sum(), 1e-5);
            Assert.Equal(row, json.Json[row].GetProperty("row").GetInt32());
            Assert.Equal(Array.IndexOf(probabilities, probabilities.Max()), json.Json[row].GetProperty("classIndex").GetInt32());
            Assert.Equal(json.Json[row].GetProperty("class").GetString(), text.Lines[row + 1].Split('\t')[0]);
        }
    }

    [Fact]
    public async Task Predict_Images_AreTheirPixelsOver255()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        byte[] images = Idx(1);
        string row = string.Join(',', images[16..].Select(pixel => (pixel / 255f).ToString("R", CultureInfo.InvariantCulture)));

        CliRun asImage = await CliRun.OfAsync("predict", "small", Write("images.idx", images), "--runs", Runs, "--json"), asRow = await CliRun.WithInputAsync(row + "\n", "predict", "small", "--runs", Runs, "--json");

        Assert.Equal(asRow.Output, asImage.Output);
    }

    [Fact]
    public async Task Eval_OtherCsvRows_AreReadWithTheEncodingOfTheRun()
    {
        string csv = Write("flowers.csv", Flowers), other = Write("other.csv", "kind;colour;length\na;red;1.2\nb;green;4.8\nb;blue;400\n");
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "flowers", "--set", $$"""data={"kind":"csv","file":"{{csv}}","label":"kind"}""",
            "--set", "model.layers.1.outputs=2", "--set", "training.batchSize=4", "--set", "training.epochs=60");
        CliRun predicted = await CliRun.WithInputAsync("colour,length\nred,1.2\ngreen,4.8\nblue,400\n", "predict", "flowers", "--runs", Runs, "--json");
        int[] classes = [0, 1, 1];
        double expected = predicted.Json.Select((line, row) => -Math.Log(line.GetProperty("probabilities")[classes[row]].GetDouble())).Average();

        CliRun unchanged = await CliRun.OfAsync("eval", "flowers", "--runs", Runs, "--json");
        CliRun asTest = await CliRun.OfAsync("eval", "flowers", "--runs", Runs, "--json", "--set", $"data.testFile={Write("comma.csv", "length,colour,kind\n1.2,red,a\n4.8,green,b\n400,blue,b\n")}");
        CliRun instead = await CliRun.OfAsync("eval", "flowers", "--runs", Runs, "--json", "--set", $"data.file={other}", "--set", "data.delimiter=;");
        CliRun[] refused = await Task.WhenAll(new[] { "data.label=colour", "data.oneHot=length", "data.ignore=length", "data.standardise=false", "data.task=regression" }
            .Select(setting => CliRun.OfAsync("eval", "flowers", "--runs", Runs, "--set", setting)));

        JsonElement summary = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(At("runs", "flowers", "summary.json"), TestContext.Current.CancellationToken));
        Assert.Equal(summary.GetProperty("trainLoss").GetDouble(), unchanged.Json[0].GetProperty("loss").GetDouble());
        Assert.Equal(summary.GetProperty("testLoss").GetDouble(), unchanged.Json[1].GetProperty("loss").GetDouble());
        Assert.Equal(expected, asTest.Json[1].GetProperty("loss").GetDouble(), 1e-5);
        Assert.Equal(expected, instead.Json.Sum(line => line.GetProperty("loss").GetDouble() * line.GetProperty("examples").GetInt32()) / 3, 1e-5);
        Assert.All(refused, run => Assert.Equal(
            new CliRun(ExitCode.BadInput, "", "The network was trained with columns of another meaning; data.label, data.task, data.oneHot, data.ignore and data.standardise must stay as they are in the run.\n"), run));
    }

    [Fact]
    public async Task Train_AndDataInfo_SayWhatIsLearnedFromWhichColumns()
    {
        string data = $$"""data={"kind":"csv","file":"{{Write("flowers.csv", Flowers)}}"}""";
        const string Sentence = "Learns \"kind\" (2 classes) from 1 column of numbers and the categories of \"colour\" (3).";

        CliRun train = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--set", data, "--set", "model.layers.1.outputs=2", "--json");
        CliRun info = await CliRun.OfAsync("data", "info", "--run-file", RunFile, "--set", data, "--set", "model.layers.1.outputs=2");

        Assert.Equal(("note", Sentence), (train.Json[0].GetProperty("event").GetString(), train.Json[0].GetProperty("text").GetString()));
        Assert.Equal(Sentence, info.Lines[0]);
    }

    [Fact]
    public async Task Predict_CsvFromStandardInput_UsesTheEncodingOfTheRun()
    {
        string csv = Write("flowers.csv", Flowers);
        await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--name", "flowers", "--set", $$"""data={"kind":"csv","file":"{{csv}}","label":"kind","shuffleSplit":false}""",
            "--set", "model.layers.1.outputs=2", "--set", "training.batchSize=4", "--set", "training.epochs=60");
        File.Delete(csv);

        CliRun run = await CliRun.WithInputAsync("colour,length\nred,1.2\ngreen,4.8\n", "predict", "flowers", "--runs", Runs, "--json");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Equal(["a", "b"], run.Json.Select(line => line.GetProperty("class").GetString()));
    }

    [Fact]
    public async Task Predict_PlainNumbers_GivesValues()
    {
        await CliRun.OfAsync("train", LinearFile, "--runs", Runs);

        CliRun text = await CliRun.WithInputAsync("0,0,0\n1,2,3\n", "predict", "linear", "-", "--runs", Runs);
        CliRun json = await CliRun.WithInputAsync("0,0,0\n1,2,3\n", "predict", "linear", "--runs", Runs, "--json");

        Assert.Equal("value", text.Lines[0]);
        Assert.Equal(
            json.Json.Select(line => line.GetProperty("values")[0].GetSingle()),
            text.Lines[1..].Select(line => float.Parse(line, CultureInfo.InvariantCulture)).ToArray(),
            (a, b) => Math.Abs(a - b) <= 1e-5f);
    }

    [Fact]
    public async Task Predict_FromAPipe_ReadsEveryRow()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named files for pipes.");
        await CliRun.OfAsync("train", LinearFile, "--runs", Runs);
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        pipe.Write("0,0,0\n1,2,3\n"u8);
        string name = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        Assert.SkipUnless(Path.Exists(name), "this system has no /proc/self/fd.");
        pipe.SafePipeHandle.Dispose();

        CliRun run = await CliRun.OfAsync("predict", "linear", name, "--runs", Runs);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Equal(3, run.Lines.Length);
    }

    [Fact]
    public async Task Predict_ARowBeyondTheNumbersOfTheNetwork_IsNamedAndNothingIsPrinted()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);

        CliRun run = await CliRun.WithInputAsync(Rows("0", "1e38"), "predict", "small", "--runs", Runs, "--json");

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.Matches("^standard input, row 2 of 2: the network gives [^ ]+ for it, but must give finite numbers; [^\n]*\\.\n$", run.Error);
    }

    [Fact]
    public async Task Predict_LargeOutputs_AreProbabilities()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);

        CliRun run = await CliRun.WithInputAsync(Rows("1000000"), "predict", "small", "--runs", Runs, "--json");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Equal(1, run.Json[0].GetProperty("probabilities").EnumerateArray().Sum(value => value.GetDouble()), 1e-5);
    }

    [Fact]
    public async Task Predict_InterruptedWhileItWaitsForRows_EndsAtOnce()
    {
        await CliRun.OfAsync("train", LinearFile, "--runs", Runs);
        using var interruption = new Interruption();
        using var input = new WaitingReader(() => interruption.Request());

        Task<CliRun> running = Task.Run(() => CliRun.WithAsync(interruption, new StringWriter(), input, null, "predict", "linear", "--runs", Runs), TestContext.Current.CancellationToken);
        CliRun run = await running.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Equal(new CliRun(ExitCode.Interrupted, "", "Interrupted.\n"), run);
    }

    [Fact]
    public async Task Use_LatestCheckpointDamaged_SaysThatItTakesAnOlderOne()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        string model = Path.Combine(Directory.GetDirectories(At("runs", "small", "checkpoints")).Order(StringComparer.Ordinal).Last(), "model.safetensors");
        await File.WriteAllBytesAsync(model, (await File.ReadAllBytesAsync(model, TestContext.Current.CancellationToken))[..^1], TestContext.Current.CancellationToken);

        CliRun[] runs =
        [
            await CliRun.OfAsync("eval", "small", "--runs", Runs, "--json"),
            await CliRun.WithInputAsync(Rows("0"), "predict", "small", "--runs", Runs, "--json"),
            await CliRun.OfAsync("hessian", RunFile, "--checkpoint", "small", "--runs", Runs, "--eigenvalues", "1", "--steps", "1", "--probes", "0", "--examples", "8", "--json"),
        ];

        CliRun resumed = await CliRun.OfAsync("train", RunFile, "--runs", Runs, "--resume", "--json");
        string sentence = resumed.Json.First(line => line.GetProperty("event").GetString() == "note").GetProperty("text").GetString()!;
        Assert.Contains("step-00000014", sentence, StringComparison.Ordinal);
        Assert.All(runs, run => Assert.Equal((ExitCode.Done, sentence + "\n"), (run.Code, run.Error)));
    }

    [Theory]
    [InlineData("small.json")]
    [InlineData("linear.json")]
    public async Task GradCheck_RightGradients_Pass(string file)
    {
        CliRun run = await CliRun.OfAsync("gradcheck", At(file), "--json", "--set", "optimizer.weightDecay.lambda=0.1");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.True(run.Json[^1].GetProperty("passed").GetBoolean());
        Assert.All(run.Json[..^1], line => Assert.InRange(line.GetProperty("relativeError").GetDouble(), 0, 1e-5));
        if (file == "linear.json") Assert.Matches(@"^\[0, [0-2]\]$", run.Json[0].GetProperty("place").GetString());
    }

    [Fact]
    public async Task GradCheck_ImpossibleTolerance_FailsAndNamesTheWorstParameter()
    {
        CliRun run = await CliRun.OfAsync("gradcheck", RunFile, "--tolerance", "1e-300");

        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.StartsWith("Worst parameter: layers.", run.Lines[^1], StringComparison.Ordinal);
    }

    private static string Rows(params string[] values) => string.Concat(values.Select(value => string.Join(',', Enumerable.Repeat(value, 784)) + "\n"));

    private static byte[] Idx(int count)
    {
        byte[] bytes = new byte[16 + count * 784];
        BinaryPrimitives.WriteInt32BigEndian(bytes, 0x803);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), count);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), 28);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(12), 28);
        for (int i = 16; i < bytes.Length; i++) bytes[i] = (byte)(i * 31 % 251);
        return bytes;
    }

    /// <summary>Calls when it is first read, and gives nothing until it is disposed.</summary>
    private sealed class WaitingReader(Action read) : TextReader
    {
        private readonly ManualResetEventSlim _end = new();

        public override int Read() => Wait();

        public override int Peek() => Wait();

        public override int Read(char[] buffer, int index, int count) => Wait() + 1;

        public override int Read(Span<char> buffer) => Wait() + 1;

        protected override void Dispose(bool disposing)
        {
            _end.Set();
            base.Dispose(disposing);
        }

        private int Wait()
        {
            if (!_end.IsSet) read();
            _end.Wait();
            return -1;
        }
    }
}
