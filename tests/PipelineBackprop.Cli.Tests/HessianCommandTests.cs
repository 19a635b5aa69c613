using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class HessianCommandTests : TemporaryFolder
{
    // H = E [x; 1][x; 1]ᵀ for one linear output and half squared error: positive, with trace E ‖x‖² + 1 whatever the weights.
    [Fact]
    public async Task Hessian_OfALinearModel_IsTheSecondMomentOfItsInputs()
    {
        CliRun run = await CliRun.OfAsync("hessian", LinearFile, "--eigenvalues", "4", "--probes", "200", "--json", "--runs", Runs);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        JsonElement result = Assert.Single(run.Json);
        Assert.Equal((4, 8, 4), (result.GetProperty("parameters").GetInt32(), result.GetProperty("examples").GetInt32(), result.GetProperty("steps").GetInt32()));
        double[] eigenvalues = [.. result.GetProperty("eigenvalues").EnumerateArray().Select(each => each.GetProperty("value").GetDouble())];
        Assert.Equal(eigenvalues.OrderDescending(), eigenvalues);
        Assert.All(eigenvalues, value => Assert.InRange(value, -1e-5, 1e3));
        Assert.Equal(eigenvalues[^1], result.GetProperty("smallest").GetProperty("value").GetDouble(), 1e-6);
        JsonElement trace = result.GetProperty("trace");
        Assert.InRange(
            Math.Abs(trace.GetProperty("mean").GetDouble() - eigenvalues.Sum()), 0, 4 * trace.GetProperty("standardError").GetDouble() + 1e-4);
        Assert.Equal(200, trace.GetProperty("probes").GetInt32());
        Assert.True(result.GetProperty("cost").GetProperty("gradients").GetDouble() > 0);
    }

    // The inputs have a seed of their own, so only the probes are others.
    [Fact]
    public async Task Hessian_OfAnotherSeed_DrawsOtherProbes()
    {
        string[] options = ["--eigenvalues", "1", "--probes", "2", "--json", "--runs", Runs];

        CliRun one = await CliRun.OfAsync(["hessian", LinearFile, .. options]), two = await CliRun.OfAsync(["hessian", LinearFile, "--set", "seed=2", .. options]);

        static double Trace(CliRun run) => run.Json[0].GetProperty("trace").GetProperty("mean").GetDouble();
        Assert.True(Math.Abs(Trace(one) - Trace(two)) > 1e-3);
    }

    [Fact]
    public async Task Hessian_AtACheckpoint_IsThatOfItsWeightsByNameFolderOrFile()
    {
        await CliRun.OfAsync("train", RunFile, "--runs", Runs);
        string[] options = ["--examples", "64", "--eigenvalues", "2", "--probes", "0", "--json", "--runs", Runs];
        string weights = Directory.EnumerateFiles(At("runs", "small"), "*.safetensors", SearchOption.AllDirectories).First(file => file.Contains("model", StringComparison.Ordinal) || file.Contains("parameters", StringComparison.Ordinal));

        CliRun byName = await CliRun.OfAsync(["hessian", RunFile, "--checkpoint", "small", .. options]);
        CliRun byFolder = await CliRun.OfAsync(["hessian", RunFile, "--checkpoint", At("runs", "small"), .. options]);
        CliRun byFile = await CliRun.OfAsync(["hessian", RunFile, "--checkpoint", weights, .. options]);
        CliRun first = await CliRun.OfAsync(["hessian", RunFile, .. options]);

        Assert.All([byName, byFolder, byFile, first], run => Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error)));
        string Eigenvalues(CliRun run) => run.Json[0].GetProperty("eigenvalues").GetRawText();
        Assert.Equal(Eigenvalues(byName), Eigenvalues(byFolder));
        Assert.Equal(Eigenvalues(byName), Eigenvalues(byFile));
        Assert.NotEqual(Eigenvalues(byName), Eigenvalues(first));
        Assert.False(byName.Json[0].TryGetProperty("trace", out _));
    }

    [Fact]
    public async Task Hessian_ForAPerson_SaysWhatItIsOfAndWhatAProductCosts()
    {
        CliRun run = await CliRun.OfAsync("hessian", RunFile, "--examples", "64", "--eigenvalues", "2", "--probes", "3", "--runs", Runs);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.StartsWith("H of J over 64 examples and 12,730 parameters, at the first parameters", run.Lines[0], StringComparison.Ordinal);
        Assert.Contains(run.Lines, line => line.TrimStart().StartsWith("λ1", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.TrimStart().StartsWith("trace", StringComparison.Ordinal));
        Assert.Contains(run.Lines, line => line.StartsWith("A product Hv costs ", StringComparison.Ordinal));
        Assert.DoesNotMatch("λ1 .* - ", run.Output);
        Match cost = Regex.Match(run.Output, "A product Hv costs ([0-9.]+) gradients: ([0-9.]+) (µs|ms|s) beside ([0-9.]+) (µs|ms|s) on ");
        Assert.Equal(Seconds(cost, 2) / Seconds(cost, 4), double.Parse(cost.Groups[1].Value, CultureInfo.InvariantCulture), 0.02 * Seconds(cost, 2) / Seconds(cost, 4));

        static double Seconds(Match match, int group) =>
            double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) * match.Groups[group + 1].Value switch { "µs" => 1e-6, "ms" => 1e-3, _ => 1 };
    }

    [Fact]
    public async Task Hessian_AfterOneStep_IsNotConverged()
    {
        CliRun run = await CliRun.OfAsync("hessian", RunFile, "--examples", "64", "--eigenvalues", "1", "--steps", "1", "--probes", "0", "--runs", Runs);

        Assert.Contains("Not converged after 1 step of Lanczos; ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hessian_OfNoSuchCheckpoint_IsRefusedInASentence()
    {
        CliRun run = await CliRun.OfAsync("hessian", RunFile, "--checkpoint", "nowhere", "--runs", Runs);

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains("nowhere", Assert.Single(run.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
