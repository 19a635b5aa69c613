using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>Two small runs trained once, to be damaged and misused: "numbers" on synthetic regression and "flowers" on a CSV file.</summary>
public sealed class TrainedRuns : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trained-runs-");

    internal string Runs => Path.Combine(_folder.FullName, "runs");

    /// <summary>The run file of "numbers".</summary>
    internal string Numbers => Path.Combine(_folder.FullName, "numbers.json");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Numbers, RunFiles.Numbers);
        string csv = Path.Combine(_folder.FullName, "flowers.csv"), flowers = Path.Combine(_folder.FullName, "flowers.json");
        await File.WriteAllTextAsync(csv, RunFiles.FlowerRows);
        await File.WriteAllTextAsync(flowers, RunFiles.FlowersOf(csv));
        foreach (string file in new[] { Numbers, flowers })
        {
            CliRun outcome = await CliRun.OfAsync("train", file, "--runs", Runs);
            Assert.True(outcome.Code == 0, outcome.Error);
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
