using PipelineBackprop.Naming;

namespace PipelineBackprop.Layers;

/// <summary>The names of the initialisers in a run file. Thread-safe.</summary>
public static class InitializerNames
{
    private static readonly NamedChoices<Initializer> s_initializers = new(
        "initializer",
        [
            ("xavierUniform", Initializer.XavierUniform),
            ("xavierNormal", Initializer.XavierNormal),
            ("heUniform", Initializer.HeUniform),
            ("heNormal", Initializer.HeNormal),
            ("normal", Initializer.Normal()),
            ("zeros", Initializer.Zeros),
        ]);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All => s_initializers.Names;

    /// <summary>The initialiser of a name; <c>normal</c> has the deviation 0.01.</summary>
    /// <exception cref="InvalidInputException">There is no such initialiser.</exception>
    public static Initializer Parse(string name) => s_initializers.Find(name);
}
