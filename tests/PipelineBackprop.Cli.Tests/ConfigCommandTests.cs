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
    public async Task Schema_PrintsTheSchema()
    {
        Assert.Equal(new CliRun(ExitCode.Done, RunFileSchema.Generate(), ""), await CliRun.OfAsync("config", "schema"));
    }
}
