using PipelineBackprop.Naming;

namespace PipelineBackprop.Schedules;

/// <summary>The schedules a run file can name. Immutable, so any thread may read it.</summary>
public static class ScheduleCatalog
{
    private static readonly IScheduleGenerator[] Generators =
    [
        new GPipeSchedule(), new OneForwardOneBackwardSchedule(), new InterleavedOneForwardOneBackwardSchedule(), new LoopedBreadthFirstSchedule(),
        new ZeroBubbleH1Schedule(), new ZeroBubbleH2Schedule(), new InterleavedZeroBubbleSchedule(), new ZeroBubbleVSchedule(),
        new VHalfSchedule(), new VMinSchedule(), new PipeDream2BwSchedule(),
    ];

    /// <summary>Every known generator.</summary>
    public static IReadOnlyList<IScheduleGenerator> All => Generators;

    /// <summary>Every known name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Generators.Select(generator => generator.Name)];

    /// <summary>The generator of that name, capitals or not.</summary>
    /// <exception cref="InvalidInputException">The name is unknown; the sentence suggests the nearest one.</exception>
    public static IScheduleGenerator Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (TryGet(name, out IScheduleGenerator? generator)) return generator;
        string hint = NearestName.Of(name, Names) is { } nearest ? $"did you mean \"{nearest}\", among" : "there are";
        throw new InvalidInputException($"schedule \"{name}\" is unknown: {hint} {string.Join(", ", Names)}{(hint == "there are" ? "." : "?")}");
    }

    /// <summary>The generator of that name, capitals or not; false when there is none.</summary>
    public static bool TryGet(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IScheduleGenerator? generator)
    {
        generator = Array.Find(Generators, candidate => string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase));
        return generator is not null;
    }
}
