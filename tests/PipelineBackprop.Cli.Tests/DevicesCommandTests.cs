using System.Text.Json;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class DevicesCommandTests : TemporaryFolder
{
    [Fact]
    public async Task Devices_Table_ListsProcessorAndSimulatedDevices()
    {
        CliRun run = await CliRun.OfAsync("devices");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        foreach (string name in (string[])["cpu", "sim:0", "sim:1"])
            Assert.Single(run.Lines, line => line.TrimStart().StartsWith(name + " ", StringComparison.Ordinal) && line.Contains("iB ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Devices_OneMultiprocessor_IsSaidInTheSingular()
    {
        Assert.Contains("1 multiprocessor,", (await CliRun.OfAsync("devices")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Devices_Json_OneObjectADevice()
    {
        CliRun run = await CliRun.OfAsync("devices", "--json");

        Assert.Equal(ExitCode.Done, run.Code);
        JsonElement last = run.Json[^1];
        Assert.Equal(("sim:1", "sim", 1), (last.GetProperty("device").GetString(), last.GetProperty("kind").GetString(), last.GetProperty("index").GetInt32()));
        Assert.True(last.GetProperty("memoryBytes").GetInt64() > 0);
        Assert.Equal("ILGPU kernels", last.GetProperty("matrixLibrary").GetString());
        Assert.False(last.GetProperty("gpu").GetBoolean());
    }

    [Fact]
    public async Task Train_PinThatDoesNotExist_ExitsWithTheListOfThoseThatDo()
    {
        CliRun run = await CliRun.OfAsync("train", LinearFile, "--set", "pipeline.devices=[\"cuda:99\"]");

        Assert.Equal((ExitCode.BadInput, ""), (run.Code, run.Output));
        Assert.Contains("'pipeline.devices.0': there is no device \"cuda:99\"; there are cpu, ", run.Error, StringComparison.Ordinal);
        Assert.Contains("sim:0, sim:1, auto", run.Error, StringComparison.Ordinal);
    }
}
