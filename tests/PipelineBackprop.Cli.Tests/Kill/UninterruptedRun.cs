using System.Globalization;
using System.Text.Json;
using Xunit;

namespace PipelineBackprop.Cli.Tests.Kill;

/// <summary>A run of quick steps, a checkpoint after each, that nothing interrupted: what the others must end as.</summary>
public sealed class UninterruptedRun : IAsyncLifetime
{
    /// <summary>Steps of a whole run: far more than a pipe of unread lines lets a run get ahead of its reader.</summary>
    internal const int Steps = 300;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("uninterrupted-");

    /// <summary>The run file, with state everywhere that a resume must bring back: dropout, shuffling, Adam, a schedule, early stopping.</summary>
    internal string RunFile => Path.Combine(_folder.FullName, "killed.json");

    private string Runs => Path.Combine(_folder.FullName, "runs");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(RunFile, $$"""
            {
              "name": "killed",
              "data": { "kind": "linear", "inputs": 20, "trainCount": 50, "testCount": 10 },
              "model": {
                "layers": [
                  { "kind": "dense", "outputs": 16, "activation": "tanh" },
                  { "kind": "dropout", "rate": 0.2 },
                  { "kind": "dense", "outputs": 1 }
                ],
                "loss": "halfSquaredError"
              },
              "optimizer": { "kind": "adam", "schedule": { "kind": "cosine", "warmupSteps": 20 } },
              "pipeline": { "stages": 2, "microBatches": 2 },
              "training": {
                "batchSize": 8, "steps": {{Steps}}, "checkpointEverySteps": 1, "evaluateEverySteps": 7,
                "earlyStopping": { "patience": 1000 }
              }
            }
            """);
        CliRun run = await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        Assert.True(run.Code == 0, run.Error);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Proves that a run in another folder ended byte-equal, with every step in its metrics once and in order.</summary>
    internal void RequireSameEnd(string runs)
    {
        string last = string.Create(CultureInfo.InvariantCulture, $"step-{Steps:D8}");
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" })
            Assert.Equal(Read(Runs, "checkpoints", last, file), Read(runs, "checkpoints", last, file));
        Assert.Equal(Losses(Runs), Losses(runs));
    }

    private static byte[] Read(string runs, params string[] parts) => File.ReadAllBytes(Path.Combine([runs, "killed", .. parts]));

    private static (string Event, long Step, double Loss)[] Losses(string runs) =>
    [
        .. File.ReadLines(Path.Combine(runs, "killed", "metrics.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Select(line => (Event: line.GetProperty("event").GetString()!, Line: line))
            .Select(line => (line.Event, line.Line.GetProperty("step").GetInt64(), line.Line.GetProperty(line.Event == "step" ? "loss" : "testLoss").GetDouble())),
    ];
}
