namespace PipelineBackprop.Naming;

/// <summary>One setting of a kind, as help texts and the schema of a run file need it.</summary>
/// <param name="Name">The name in a run file, camelCase: <c>outputs</c>.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Summary">Meaning, range and default in one sentence.</param>
/// <param name="IsRequired">Whether it must be given; default false.</param>
public sealed record SettingDescription(string Name, SettingType Type, string Summary, bool IsRequired = false)
{
    /// <summary>The names it may hold; empty unless <see cref="Type"/> is <see cref="SettingType.Choice"/>.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}
