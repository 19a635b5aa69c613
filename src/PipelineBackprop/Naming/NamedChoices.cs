namespace PipelineBackprop.Naming;

/// <summary>Values under their names, for look-ups that answer a wrong name with a suggestion. Immutable.</summary>
internal sealed class NamedChoices<T>
{
    private readonly string _what;
    private readonly Dictionary<string, T> _values;

    /// <param name="what">What the names name, for messages: <c>activation</c>.</param>
    /// <param name="values">The values in the order they are listed.</param>
    internal NamedChoices(string what, IReadOnlyList<(string Name, T Value)> values)
    {
        _what = what;
        _values = values.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
        Names = [.. values.Select(pair => pair.Name)];
    }

    /// <summary>The names, in order.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>The value of a name.</summary>
    /// <exception cref="InvalidInputException">There is no such name.</exception>
    internal T Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_values.TryGetValue(name, out T? value)) return value;
        string? nearest = NearestName.Of(name, Names);
        string right = nearest is null ? $"it is one of {string.Join(", ", Names)}." : $"did you mean \"{nearest}\"?";
        throw new InvalidInputException($"There is no {_what} \"{name}\"; {right}");
    }
}
