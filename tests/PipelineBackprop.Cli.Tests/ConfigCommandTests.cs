using PipelineBackprop.Configuration;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class ConfigCommandTests : TemporaryFolder
{
    [Fact]
    public async Task Show_WithOverrides_PrintsSettingsThatReadBackTheSame()
    {
        CliRun run = await CliRun.OfAsync("config", "show", RunFile, "--set", "training.epochs=7", "--set", "name=other");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        RunFile read = PipelineBackprop.Configuration.RunFile.Parse(run.Output, "shown");
        Assert.Equal((7, "other"), (read.Training.Epochs, read.Name));
        Assert.Equal(run.Output, read.ToJson());
    }

    [Fact]
    public async Task Show_DataDirectory_ReplacesTheFolder()
    {
        CliRun run = await CliRun.OfAsync("config", "show", RunFile, "--set", """data={"kind":"idx"}""", "--data-dir", "my \"data\"");

        var data = Assert.IsType<IdxDataSettings>(PipelineBackprop.Configuration.RunFile.Parse(run.Output, "shown").Data);
        Assert.Equal("my \"data\"", data.Directory);
    }

    [Fact]
    public async Task Validate_GoodFile_SaysSo()
    {
        CliRun run = await CliRun.OfAsync("config", "validate", RunFile);

        Assert.Equal(new CliRun(ExitCode.Done, $"{RunFile} is valid: run small, 2 layers.\n", ""), run);
    }

    [Fact]
    public async Task Validate_UnknownSetting_NamesFileLineAndNearestSetting()
    {
        string path = Write("bad.json", "{\n  \"sed\": 1\n}\n");

        CliRun run = await CliRun.OfAsync("config", "validate", path);

        Assert.Equal(new CliRun(ExitCode.BadInput, "", $"{path}, line 2: unknown setting 'sed'; did you mean 'seed'?\n"), run);
    }

    [Fact]
    public async Task Validate_OneLayer_IsSaidInTheSingular()
    {
        Assert.EndsWith("run linear, 1 layer.\n", (await CliRun.OfAsync("config", "validate", LinearFile)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipeline.schedule=none.csv", "The schedule none.csv does not exist.")]
    [InlineData("model.loss=huber", "'model.loss' is huber, which needs numbers to predict, but such data holds classes; use softmaxCrossEntropy.")]
    [InlineData("""data={"kind":"linear"}""", "'model.loss' is softmaxCrossEntropy, which needs classes, but such data holds numbers to predict; use halfSquaredError or huber.")]
    [InlineData("""data={"kind":"csv","file":"none.csv","label":"y","task":"regression"}""", "'model.loss' is softmaxCrossEntropy, which needs classes, but such data holds numbers to predict; use halfSquaredError or huber.")]
    [InlineData("""compare={"setting":"model.loss","values":["softmaxCrossEntropy","huber"]}""", "'model.loss' is huber, which needs numbers to predict, but such data holds classes; use softmaxCrossEntropy.")]
    [InlineData("model.layers.1.outputs=5", "The last layer (dense 16→5) has 5 outputs, but drawn digits, training part has 10 classes and needs as many.")]
    public async Task Validate_WhatTrainWouldRefuse_IsRefused(string setting, string sentence)
    {
        CliRun run = await CliRun.OfAsync("config", "validate", RunFile, "--set", setting);

        Assert.Equal(new CliRun(ExitCode.BadInput, "", sentence + "\n"), run);
    }

    [Theory]
    [InlineData("""data={"kind":"csv","file":"none.csv","label":"y"}""")]
    [InlineData("""data={"kind":"idx","directory":"none"}""")]
    [InlineData("""pipeline.devices=["cuda:9"]""")]
    public async Task Validate_DataAndDevicesOfAnotherMachine_AreNotLookedFor(string setting)
    {
        Assert.Equal(ExitCode.Done, (await CliRun.OfAsync("config", "validate", RunFile, "--set", setting)).Code);
    }

    [Fact]
    public async Task Schema_PrintsTheSchema()
    {
        Assert.Equal(new CliRun(ExitCode.Done, RunFileSchema.Generate(), ""), await CliRun.OfAsync("config", "schema"));
    }
}
