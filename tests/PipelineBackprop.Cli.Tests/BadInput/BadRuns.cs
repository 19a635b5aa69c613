using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>Runs to resume, evaluate or predict with that are missing, damaged or not what they were.</summary>
public sealed class BadRuns(TrainedRuns trained) : IClassFixture<TrainedRuns>
{
    private static readonly Dictionary<string, BadCase> s_cases = new()
    {
        ["resume without a run"] = new(work => work.Train(work.Write("run.json", RunFiles.Numbers), "--resume"), "numbers", "does not exist", "train a run first"),
        ["resume of a comparison"] = new(
            work => work.Train(work.Write("run.json", RunFiles.Numbers.Replace("\"name\"", """ "compare": { "setting": "seed", "values": [1, 2] }, "name" """, StringComparison.Ordinal)), "--resume"),
            "--resume", "compare"),
        ["resume with all checkpoints cut"] = Resume(EachCheckpoint(path => Cut(Path.Combine(path, "model.safetensors"))), "step-00000006", "step-00000008", "'model.safetensors'", "bytes"),
        ["resume with a bit turned in all checkpoints"] = Resume(EachCheckpoint(path => TurnBit(Path.Combine(path, "optimizer.safetensors"))), "step-00000008", "'optimizer.safetensors'", "SHA-256"),
        ["resume with all manifests gone"] = Resume(EachCheckpoint(path => File.Delete(Path.Combine(path, "manifest.json"))), "step-00000008", "'manifest.json' is missing"),
        ["resume with all manifests changed"] = Resume(EachCheckpoint(path => TurnBit(Path.Combine(path, "manifest.json"))), "step-00000008", "'manifest.json'", "SHA-256"),
        ["resume without checkpoints"] = Resume(run => Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true), "checkpoints", "holds no checkpoint"),
        ["resume with a wider layer"] = Resume(_ => { }, ["model.layers.0.outputs=5"], "checkpoint", "is of the model dense 4→3", "the run's is dense 4→5"),
        ["resume with a layer more"] = Resume(_ => { }, ["model.layers=[{\"kind\":\"dense\",\"outputs\":3},{\"kind\":\"dense\",\"outputs\":3},{\"kind\":\"dense\",\"outputs\":1}]"], "checkpoint", "is of the model dense 4→3", "the run's is dense 4→3 | dense 3→3"),
        ["resume with a layer less"] = Resume(_ => { }, ["model.layers=[{\"kind\":\"dense\",\"outputs\":1}]", "pipeline.stages=1"], "checkpoint", "is of the model dense 4→3", "the run's is dense 4→1"),
        ["resume with another optimizer"] = Resume(_ => { }, ["optimizer={\"kind\":\"adam\"}"], "checkpoint", "sgd", "adam"),
        ["resume without the state of the checkpoint"] = Resume(DropLatest, ["optimizer.momentum=0"], "checkpoint", "the checkpoint has layers.0.weight.momentum, but the run has no such state"),
        ["resume with less data"] = Resume(DropLatest, ["data.trainCount=7"], "checkpoint", "8 examples", "has 7"),
        ["resume with other data of more examples"] = Resume(DropLatest, ["data.trainCount=80"], "checkpoint", "8 examples", "has 80"),
        ["resume with other data of as many examples"] = Resume(_ => { }, ["data.seed=2"], "checkpoint", "the inputs of", "resume with the same data"),
        ["resume with another batch size"] = Resume(_ => { }, ["training.batchSize=4"], "checkpoint", "batchSize is 2", "the run's is 4"),
        ["eval without a run"] = new(work => ["eval", "gone", "--runs", work.Runs], "gone", "does not exist"),
        ["eval of a folder that is no run"] = new(work => ["eval", Directory.CreateDirectory(work.PathOf("empty")).FullName, "--json"], "empty", "no config.json"),
        ["eval of a folder of runs"] = new(work => ["eval", Path.GetDirectoryName(work.CopyRun("numbers"))!, "--json"], "runs holds no run itself, but these: ", "runs/numbers; give one of them"),
        ["eval with a broken config"] = Eval(run => File.WriteAllText(Path.Combine(run, "config.json"), "{ \"name\": "), "config.json, line 1", "not JSON"),
        ["eval without the description of the data"] = Eval(run => File.Delete(Path.Combine(run, "data.json")), "data.json does not exist, but must describe the data of the run; train the run again."),
        ["eval with a broken description of the data"] = Eval(run => File.WriteAllText(Path.Combine(run, "data.json"), "{ \"name\": 7 }"), "data.json, line 1", "$.name"),
        ["eval with an empty description of the data"] = Eval(run => File.WriteAllText(Path.Combine(run, "data.json"), "null"), "data.json"),
        ["eval with a description of nothing"] = Eval(run => File.WriteAllText(Path.Combine(run, "data.json"), "{}"), "data.json", "inputWidth"),
        ["eval on data of another width"] = new(work => ["eval", work.CopyRun("numbers"), "--set", "data.inputs=5"], "4 inputs", "5"),
        ["eval with a wider layer"] = new(work => ["eval", work.CopyRun("numbers"), "--set", "model.layers.0.outputs=5"], "checkpoint", "layers.0.weight", "[5, 4]", "[3, 4]"),
        ["eval of the best where none was kept"] = new(work => ["eval", work.CopyRun("numbers"), "--best"], "checkpoints", "no checkpoint marked best"),
        ["predict with the best where none was kept"] = new(work => ["predict", work.CopyRun("numbers"), "--best"], "checkpoints", "no checkpoint marked best") { Input = "1,2,3,4\n" },
        ["predict without a run"] = new(work => ["predict", work.PathOf("gone"), "--json"], "gone", "does not exist"),
        ["predict from a missing file"] = new(work => ["predict", work.CopyRun("numbers"), work.PathOf("rows.csv")], "rows.csv", "no such file", "IDX"),
        ["predict from a folder"] = new(work => ["predict", work.CopyRun("numbers"), work.Runs], "it is a folder"),
        ["predict with a row too wide"] = Predict("numbers", "1,2,3,4\n1,2,3,4,5\n", "standard input, line 2", "5 cells", "4"),
        ["predict with rows too narrow"] = Predict("numbers", "1,2,3\n", "standard input, line 1", "3 cells, but the training data had 4."),
        ["predict with a text"] = Predict("numbers", "1,2,3,4\n1,two,3,4\n", "standard input, line 2", "\"two\"", "a number is needed"),
        ["predict with NaN"] = Predict("numbers", "1,NaN,3,4\n", "standard input, line 1", "\"NaN\"", "finite number"),
        ["predict nothing"] = Predict("numbers", "", "standard input", "no rows"),
        ["predict nothing below a header"] = Predict("flowers", "length,width,colour\n", "standard input", "no rows"),
        ["predict nothing where a header belongs"] = Predict("flowers", "", "standard input", "empty"),
        ["predict an unknown category"] = Predict("flowers", "length,width,colour\n5,3,green\n", "standard input, line 2", "\"colour\"", "\"green\"", "\"blue\""),
        ["predict without a column"] = Predict("flowers", "length,color\n5,red\n", "standard input, line 1", "\"width\""),
        ["predict images with a network for rows"] = new(work => ["predict", work.CopyRun("flowers"), work.Write("images.idx", [0, 0, 8, 3])], "images.idx", "holds images", "CSV"),
        ["predict images cut in the header"] = new(work => ["predict", work.CopyRun("numbers"), work.Write("images.idx", [0, 0, 8, 3, 0, 0])], "images.idx", "ends after 6 bytes"),
        ["predict images of another size"] = new(
            work => ["predict", work.CopyRun("numbers"), work.Write("images.idx", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 7, 7, 7])], "images.idx", "1×3 = 3 pixels", "4 inputs"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Use_BadRun_IsRefusedInOneSentence(string name) => s_cases[name].ProveAsync(trained);

    private static BadCase Resume(Action<string> damage, params string[] says) => Resume(damage, [], says);

    private static BadCase Resume(Action<string> damage, string[] settings, params string[] says) => new(
        work =>
        {
            damage(work.CopyRun("numbers"));
            return work.Train(work.Write("run.json", RunFiles.Numbers), ["--resume", .. settings.SelectMany(setting => new[] { "--set", setting })]);
        },
        says);

    private static BadCase Eval(Action<string> damage, params string[] says) => new(
        work =>
        {
            string run = work.CopyRun("numbers");
            damage(run);
            return ["eval", run, "--json"];
        },
        says);

    private static BadCase Predict(string run, string rows, params string[] says) => new(work => ["predict", work.CopyRun(run)], says) { Input = rows };

    private static Action<string> EachCheckpoint(Action<string> damage) => run =>
    {
        string[] checkpoints = Directory.GetDirectories(Path.Combine(run, "checkpoints"));
        Assert.Equal(2, checkpoints.Length);
        Array.ForEach(checkpoints, damage);
    };

    // Leaves the checkpoint of step 6, in the middle of an epoch.
    private static void DropLatest(string run) => Directory.Delete(Path.Combine(run, "checkpoints", "step-00000008"), recursive: true);

    private static void Cut(string path) => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);

    private static void TurnBit(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
