namespace PipelineBackprop.Naming;

/// <summary>One kind of layer, loss, optimizer or learning-rate schedule: its name and the settings it understands. Immutable.</summary>
public abstract class KindDescription
{
    private protected KindDescription(string name, string summary, IReadOnlyList<SettingDescription> settings)
    {
        Name = name;
        Summary = summary;
        Settings = settings;
    }

    /// <summary>The name in a run file: <c>dense</c>.</summary>
    public string Name { get; }

    /// <summary>What it does, in one sentence.</summary>
    public string Summary { get; }

    /// <summary>The settings it understands, in the order a person would write them.</summary>
    public IReadOnlyList<SettingDescription> Settings { get; }

    /// <summary>Throws where a setting is given that the kind has not, or a required one is missing.</summary>
    /// <param name="what">What the kind is of: <c>layer</c>.</param>
    /// <param name="given">The names of all possible settings and whether each is given.</param>
    /// <exception cref="InvalidInputException">The settings do not fit the kind.</exception>
    internal void CheckSettings(string what, IEnumerable<(string Name, bool IsGiven)> given)
    {
        foreach ((string name, bool isGiven) in given)
        {
            SettingDescription? own = Settings.FirstOrDefault(setting => setting.Name == name);
            if (isGiven && own is null)
                throw new InvalidInputException($"The setting \"{name}\" does not belong to {Article(what)} {what} of kind {Name}, which has {Listed()}.");
            if (!isGiven && own is { IsRequired: true })
                throw new InvalidInputException($"{(Article(what) == "an" ? "An" : "A")} {what} of kind {Name} needs the setting \"{name}\", which is missing.");
        }
    }

    private string Listed() => Settings.Count == 0 ? "no settings" : string.Join(", ", Settings.Select(setting => setting.Name));

    private static string Article(string what) => "aeiou".Contains(what[0]) ? "an" : "a";
}
