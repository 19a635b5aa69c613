using System.Reflection;
using PipelineBackprop.Gpu;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

/// <summary>The arrows between the projects: Cli → Gpu → engine, and only Gpu knows ILGPU, only Cli a console.</summary>
public sealed class ArrowTests
{
    private static readonly Assembly s_cli = typeof(CliApplication).Assembly, s_gpu = typeof(GpuDevices).Assembly, s_engine = typeof(Pipeline).Assembly;

    public static TheoryData<string, string[]> Forbidden() => new()
    {
        { "engine", ["ILGPU", "System.Console", "Spectre.Console", "System.CommandLine", s_gpu.GetName().Name!, s_cli.GetName().Name!] },
        { "gpu", ["System.Console", "Spectre.Console", "System.CommandLine", "System.Threading.Tasks.Dataflow", s_cli.GetName().Name!] },
        { "cli", ["ILGPU", "System.Threading.Tasks.Dataflow"] },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void A_project_uses_only_what_its_room_may(string project, string[] forbidden)
    {
        Assembly assembly = project switch { "engine" => s_engine, "gpu" => s_gpu, _ => s_cli };
        IEnumerable<string?> used = assembly.GetReferencedAssemblies().Select(name => name.Name);

        Assert.DoesNotContain(used, name => forbidden.Any(other => name == other || name!.StartsWith(other + ".", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_wrong_arrow_would_be_seen() =>
        Assert.Contains("ILGPU", s_gpu.GetReferencedAssemblies().Select(name => name.Name));
}
