using CsCheck;
using PipelineBackprop.Compute;
using PipelineBackprop.Configuration;
using Xunit;

namespace PipelineBackprop.Tests.Configuration;

public sealed class RunFileTests
{
    private const string Smallest = """
        { "data": { "kind": "digits" }, "model": { "layers": [{ "kind": "dense", "outputs": 10 }], "loss": "softmaxCrossEntropy" } }
        """;

    [Fact]
    public void Parse_SmallestFile_HasDocumentedDefaults()
    {
        RunFile run = RunFile.Parse(Smallest, "x.json");

        Assert.Equal(("run", 1UL), (run.Name, run.Seed));
        Assert.Equal(new DigitsDataSettings { Seed = 1, TrainCount = 12_000, TestCount = 2_000 }, run.Data);
        Assert.Equal(new DenseLayerSettings { Outputs = 10, Activation = ActivationKind.Identity, Bias = true }, Assert.Single(run.Model.Layers));
        Assert.Equal(new SoftmaxCrossEntropyLossSettings(), run.Model.Loss);
        Assert.Equal(new SgdOptimizerSettings { LearningRate = 0.1 }, run.Optimizer);
        Assert.Equal(["cpu"], run.Pipeline.Devices);
        Assert.Equal((1, 1, "1f1b", 60.0), (run.Pipeline.Stages, run.Pipeline.MicroBatches, run.Pipeline.Schedule, run.Pipeline.StallTimeoutSeconds));
        Assert.Equal(new TrainingSettings { BatchSize = 128, Epochs = 5, EvaluateEveryEpochs = 1, KeepCheckpoints = 2 }, run.Training);
        Assert.Null(run.Compare);
    }

    [Fact]
    public void Parse_CommentsTrailingCommasAndWholeNumbersInOtherForms_AreAccepted()
    {
        RunFile run = RunFile.Parse("""
            { // a comment
              "data": { "kind": "linear", "inputs": 2e2, "trainCount": 20.0, },
              "model": { "layers": [{ "kind": "dense", "outputs": 1, "initializer": "xavierUniform", }], "loss": { "kind": "huber", "delta": 2 } }, /* another */
            }
            """, "x.json");

        Assert.Equal(new LinearDataSettings { Inputs = 200, TrainCount = 20 }, run.Data);
        Assert.Equal(new HuberLossSettings { Delta = 2 }, run.Model.Loss);
        Assert.Equal(InitializerKind.XavierUniform, Assert.IsType<DenseLayerSettings>(run.Model.Layers[0]).Initializer);
    }

    [Fact]
    public void Parse_AutomaticStages_AreReadAndWrittenAsAuto()
    {
        RunFile run = RunFile.Parse(Smallest, "x.json", ["pipeline.stages=auto"]);

        Assert.True(run.Pipeline.IsAutomatic);
        Assert.Contains("\"stages\": \"auto\"", run.ToJson(), StringComparison.Ordinal);
        Assert.Equal(run.ToJson(), RunFile.Parse(run.ToJson(), "again").ToJson());
        Assert.False(RunFile.Parse(Smallest, "x.json").Pipeline.IsAutomatic);
    }

    [Fact]
    public void A_single_device_or_column_stands_for_a_list_of_one()
    {
        RunFile run = RunFile.Parse(Smallest, "x.json", ["data={\"kind\":\"csv\",\"file\":\"x.csv\"}", "data.ignore=id", "data.oneHot=2", "data.delimiter=\t", "pipeline.devices=sim:0"]);

        Assert.Equal(["sim:0"], run.Pipeline.Devices);
        var csv = Assert.IsType<CsvDataSettings>(run.Data);
        Assert.Equal(("id", "2", "\t"), (Assert.Single(csv.Ignore), Assert.Single(csv.OneHot), csv.Delimiter));
    }

    [Theory]
    [InlineData("always", "Always")]
    [InlineData("[\"allButLast\"]", "AllButLast")]
    [InlineData("[\"always\",\"never\"]", "Always, Never")]
    public void Parse_Recomputation_IsOneValueOrOneAStage(string given, string read)
    {
        RunFile run = RunFile.Parse(Smallest, "x.json", ["model.layers=[{\"kind\":\"dense\",\"outputs\":4},{\"kind\":\"dense\",\"outputs\":10}]", "pipeline.stages=2", $"pipeline.recomputation={given}"]);

        Assert.Equal(read, string.Join(", ", run.Pipeline.Recomputation));
        Assert.Equal(run.ToJson(), RunFile.Parse(run.ToJson(), "again").ToJson());
    }

    [Fact]
    public void Parse_AdamW_DecouplesWeightDecayByDefault()
    {
        RunFile run = RunFile.Parse(Smallest, "x.json", ["optimizer.kind=adamw", "optimizer.weightDecay.lambda=0.5"]);

        Assert.Equal(new WeightDecaySettings { Lambda = 0.5, Mode = WeightDecayMode.Decoupled }, run.Optimizer.WeightDecay);
        Assert.Equal(0.001, run.Optimizer.LearningRate);
    }

    [Fact]
    public void Parse_Overrides_ReplaceAddAndReachIntoListsAndNames()
    {
        RunFile run = RunFile.Parse(Smallest, "x.json",
            ["name=other", "model.layers.0.outputs=64", "model.loss.kind=huber", "model.loss.delta=3", "training.earlyStopping.patience=7", "optimizer.learningRate=0.5",
                "pipeline.devices=[\"sim:0\"]", "training.evaluateEveryEpochs=1", "model.layers.0.initializer=heNormal"]);

        Assert.Equal("other", run.Name);
        Assert.Equal(new DenseLayerSettings { Outputs = 64, Initializer = InitializerKind.HeNormal }, run.Model.Layers[0]);
        Assert.Equal(new HuberLossSettings { Delta = 3 }, run.Model.Loss);
        Assert.Equal(7, run.Training.EarlyStopping!.Patience);
        Assert.Equal(0.5, run.Optimizer.LearningRate);
        Assert.Equal(["sim:0"], run.Pipeline.Devices);
    }

    [Fact]
    public void Parse_OverrideInsideAKindWrittenAsItsName_KeepsTheKind()
    {
        RunFile run = RunFile.Parse(Smallest, "x.json", ["model.loss=huber", "model.loss.delta=3", "optimizer.schedule=cosine", "optimizer.schedule.floor=0.5"]);

        Assert.Equal(new HuberLossSettings { Delta = 3 }, run.Model.Loss);
        Assert.Equal(new CosineScheduleSettings { Floor = 0.5 }, run.Optimizer.Schedule);
    }

    [Fact]
    public void Parse_LabelColumnAsNumber_BecomesItsText()
    {
        RunFile run = RunFile.Parse(Smallest, "x.json", ["""data={"kind":"csv","file":"a.csv","label":4.0,"oneHot":["town",-2,1e1,-0],"ignore":["1.0"]}"""]);

        var csv = Assert.IsType<CsvDataSettings>(run.Data);
        Assert.Equal("4", csv.Label);
        Assert.Equal(["town", "-2", "10", "0"], csv.OneHot);
        Assert.Equal(["1.0"], csv.Ignore);
        Assert.Equal(run.ToJson(), RunFile.Parse(run.ToJson(), "again").ToJson());
    }

    [Fact]
    public void WithFullPaths_RelativePaths_BecomeAbsolute()
    {
        RunFile idx = RunFile.Parse(Smallest, "x.json", ["data.kind=idx", "data.directory=some/where"]).WithFullPaths();

        RunFile csv = RunFile.Parse(Smallest, "x.json", ["""data={"kind":"csv","file":"some/a.csv","testFile":"some/b.csv"}""", "pipeline.schedule=some/my.csv"]).WithFullPaths();

        Assert.Equal(Path.GetFullPath("some/where"), Assert.IsType<IdxDataSettings>(idx.Data).Directory);
        var data = Assert.IsType<CsvDataSettings>(csv.Data);
        Assert.Equal((Path.GetFullPath("some/a.csv"), Path.GetFullPath("some/b.csv")), (data.File, data.TestFile));
        Assert.Equal((Path.GetFullPath("some/my.csv"), "1f1b"), (csv.Pipeline.Schedule, idx.Pipeline.Schedule));
    }

    [Fact]
    public void Variants_Comparison_ChangesOnlyTheNamedSetting()
    {
        RunFile run = RunFile.Parse(Smallest, "x.json", ["""compare={"setting":"optimizer.weightDecay.lambda","values":[0,3]}"""]);

        IReadOnlyList<RunFile> variants = run.Variants();

        Assert.Equal([0.0, 3.0], variants.Select(variant => variant.Optimizer.WeightDecay.Lambda));
        Assert.All(variants, variant => Assert.Null(variant.Compare));
        Assert.Equal((run with { Compare = null }).ToJson(), variants[0].ToJson());
    }

    [Fact]
    public void ToJson_AnySettings_ReadBackToTheSameSettings()
    {
        Gen<string> assignment = Gen.OneOf(
            Set("name", "a", "b-2.c"), Set("seed", "0", "18446744073709551615", "77"),
            Set("data", """{"kind":"idx","directory":"d","trainCount":5}""", """{"kind":"linear","inputs":3}""",
                """{"kind":"csv","file":"f.csv","label":"y","task":"regression","delimiter":";","standardise":false,"ignore":["a"],"testFraction":0.1}"""),
            Set("model.layers", """[{"kind":"dense","outputs":3,"activation":"leakyRelu","slope":0.2,"bias":false},{"kind":"dropout","rate":0.25},{"kind":"layerNormalization"},{"kind":"activation","activation":"gelu"}]"""),
            Set("model.loss", "huber", "binaryCrossEntropy", "halfSquaredError"),
            Set("optimizer", """{"kind":"adam","beta1":0.8,"clipNorm":1.5}""", """{"kind":"adamw","epsilon":1e-7,"weightDecay":{"lambda":0.01,"includeBiases":true}}""",
                """{"kind":"sgd","momentum":0.9,"nesterov":true,"schedule":{"kind":"step","every":3,"gamma":0.5,"warmupSteps":2}}"""),
            Set("optimizer.schedule", "oneCycle", "cosine", """{"kind":"linear","floor":0.125}"""),
            Set("optimizer.learningRate", "0.1", "1e-300", "0.30000000000000004"),
            Set("pipeline", """{"schedule":"gpipe","threads":2,"devices":["sim:0"],"nonFiniteCheck":"action","stallTimeoutSeconds":0.5}"""),
            Set("pipeline.microBatches", "3", "100"), Set("pipeline.stages", "1", "auto"),
            Set("training.steps", "null", "12345678901"), Set("training.evaluateEverySteps", "7"), Set("training.shuffle", "false"),
            Set("training.earlyStopping", "null", """{"minimumDelta":0.5}"""), Set("training.keepCheckpoints", "9"),
            Set("compare", """{"setting":"seed","values":[1,2,3]}""", """{"setting":"pipeline.schedule","values":["gpipe","1f1b"]}"""));

        assignment.Array[0, 8].Sample(overrides =>
        {
            string first = RunFile.Parse(Smallest, "x.json", overrides).ToJson();
            Assert.Equal(first, RunFile.Parse(first, "effective.json").ToJson());
        }, iter: 300, threads: 1);

        static Gen<string> Set(string path, params string[] values) => Gen.Int[0, values.Length - 1].Select(index => $"{path}={values[index]}");
    }

    [Fact]
    public void Load_MissingFileOrFolder_SaysSo()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            string missing = Path.Combine(folder.FullName, "none.json");
            Assert.Equal($"The run file {missing} does not exist.", Assert.Throws<InvalidInputException>(() => RunFile.Load(missing)).Message);
            Assert.Equal(
                $"The run file {folder.FullName} cannot be read: it is a folder.", Assert.Throws<InvalidInputException>(() => RunFile.Load(folder.FullName)).Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
