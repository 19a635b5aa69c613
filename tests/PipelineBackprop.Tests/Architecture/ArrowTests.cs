using System.Reflection;
using NetArchTest.Rules;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Architecture;

/// <summary>The arrows between the rooms: what a room may use; everything else is the wrong way.</summary>
public sealed class ArrowTests
{
    private const string Root = "PipelineBackprop.";
    private static readonly Assembly s_engine = typeof(Pipeline).Assembly;

    private static readonly Dictionary<string, string[]> s_mayUse = new()
    {
        ["Naming"] = [],
        ["Randomness"] = [],
        ["Tensors"] = [],
        ["Curvature"] = ["Randomness"],
        ["Checkpoints"] = ["Tensors", "Naming"],
        ["Diagnostics"] = [],
        ["Schedules"] = ["Naming"],
        ["Planning"] = ["Schedules", "Graph"],
        ["Data"] = ["Randomness", "Naming"],
        ["Compute"] = ["Tensors", "Randomness"],
        ["Layers"] = ["Compute", "Tensors", "Randomness", "Naming"],
        ["Inference"] = ["Layers", "Compute", "Tensors", "Checkpoints"],
        ["Losses"] = ["Compute", "Tensors", "Naming"],
        ["Optimizers"] = ["Compute", "Tensors", "Naming"],
        ["Graph"] = ["Layers", "Losses", "Optimizers", "Compute", "Tensors"],
        ["Blocks"] = ["Layers", "Losses", "Optimizers", "Compute", "Tensors", "Schedules", "Diagnostics"],
        ["Timelines"] = ["Diagnostics", "Planning", "Schedules", "Graph"],
        ["Stages"] = ["Blocks", "Layers", "Losses", "Optimizers", "Compute", "Tensors", "Schedules", "Diagnostics", "Randomness"],
        ["Training"] =
        [
            "Stages", "Blocks", "Layers", "Losses", "Optimizers", "Compute", "Tensors", "Schedules", "Planning", "Graph", "Checkpoints", "Data",
            "Inference", "Curvature", "Diagnostics", "Naming", "Randomness",
        ],
        ["Configuration"] =
            ["Training", "Layers", "Losses", "Optimizers", "Compute", "Tensors", "Schedules", "Checkpoints", "Data", "Naming"],
    };

    public static TheoryData<string> Rooms() => new(RoomsOf(s_engine));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_of_the_engine_uses_only_the_rooms_it_may(string room)
    {
        Assert.True(s_mayUse.ContainsKey(room), $"room {room} has no place in the list of arrows");
        string[] forbidden = [.. RoomsOf(s_engine).Where(other => other != room && !s_mayUse[room].Contains(other)).Select(other => Root + other)];

        var result = Types.InAssembly(s_engine).That().ResideInNamespaceMatching($@"^PipelineBackprop\.{room}(\.|$)")
            .ShouldNot().HaveDependencyOnAny(forbidden).GetResult();

        Assert.True(result.IsSuccessful, $"{room} must not be used this way: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void Only_blocks_stages_and_training_know_dataflow()
    {
        var result = Types.InAssembly(s_engine).That().DoNotResideInNamespaceMatching(@"^PipelineBackprop\.(Blocks|Stages|Training)(\.|$)")
            .ShouldNot().HaveDependencyOn("System.Threading.Tasks.Dataflow").GetResult();

        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    [Theory]
    [InlineData("ILGPU")]
    [InlineData("Google.OrTools")]
    [InlineData("System.Console")]
    [InlineData("Microsoft.AspNetCore")]
    public void The_engine_knows_no_gpu_library_no_solver_no_console_and_no_web_server(string forbidden)
    {
        var result = Types.InAssembly(s_engine).ShouldNot().HaveDependencyOn(forbidden).GetResult();

        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    [Fact]
    public void A_wrong_arrow_would_be_seen()
    {
        var result = Types.InAssembly(s_engine).That().ResideInNamespaceMatching(@"^PipelineBackprop\.Training(\.|$)")
            .ShouldNot().HaveDependencyOn(Root + "Stages").GetResult();

        Assert.False(result.IsSuccessful);
    }

    private static string[] RoomsOf(Assembly assembly) =>
    [
        .. assembly.GetTypes().Select(type => type.Namespace).OfType<string>().Where(name => name.StartsWith(Root, StringComparison.Ordinal))
            .Select(name => name[Root.Length..].Split('.')[0]).Distinct().Order(StringComparer.Ordinal),
    ];
}
