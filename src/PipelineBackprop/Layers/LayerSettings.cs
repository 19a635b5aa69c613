namespace PipelineBackprop.Layers;

/// <summary>
/// All settings that any kind of layer understands, as a run file gives them; null is "not given". Which of them belong to a kind says its
/// <see cref="LayerKind"/>.
/// </summary>
public sealed record LayerSettings
{
    /// <summary>No settings at all.</summary>
    public static LayerSettings None { get; } = new();

    /// <summary>Width of an output row, at least 1.</summary>
    public int? Outputs { get; init; }

    /// <summary>A name of <see cref="ActivationNames"/>.</summary>
    public string? Activation { get; init; }

    /// <summary>Slope of leaky relu below zero, positive.</summary>
    public double? Slope { get; init; }

    /// <summary>Whether there is a bias.</summary>
    public bool? Bias { get; init; }

    /// <summary>A name of <see cref="InitializerNames"/>.</summary>
    public string? Initializer { get; init; }

    /// <summary>Probability of dropping, in [0, 1).</summary>
    public double? Rate { get; init; }

    /// <summary>What is added to a variance, positive.</summary>
    public double? Epsilon { get; init; }

    /// <summary>Every setting's name in a run file, and whether it is given.</summary>
    internal IEnumerable<(string Name, bool IsGiven)> Given() =>
    [
        ("outputs", Outputs is not null),
        ("activation", Activation is not null),
        ("slope", Slope is not null),
        ("bias", Bias is not null),
        ("initializer", Initializer is not null),
        ("rate", Rate is not null),
        ("epsilon", Epsilon is not null),
    ];
}
