using PipelineBackprop.Compute;
using PipelineBackprop.Naming;

namespace PipelineBackprop.Layers;

/// <summary>The names of the activation functions in a run file. Thread-safe.</summary>
public static class ActivationNames
{
    private static readonly NamedChoices<ActivationKind> s_kinds = new(
        "activation",
        [
            ("identity", ActivationKind.Identity),
            ("relu", ActivationKind.Relu),
            ("leakyRelu", ActivationKind.LeakyRelu),
            ("sigmoid", ActivationKind.Sigmoid),
            ("tanh", ActivationKind.Tanh),
            ("gelu", ActivationKind.Gelu),
            ("silu", ActivationKind.Silu),
            ("softplus", ActivationKind.Softplus),
        ]);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All => s_kinds.Names;

    /// <summary>The function of a name.</summary>
    /// <param name="name">One of <see cref="All"/>; letter case counts.</param>
    /// <param name="slope">Slope of leaky relu below zero, positive; null is 0.01; only leaky relu has one.</param>
    /// <exception cref="InvalidInputException">There is no such function, or the slope is impossible.</exception>
    public static Activation Parse(string name, double? slope = null)
    {
        ActivationKind kind = s_kinds.Find(name);
        if (slope is null) return new Activation(kind);
        if (kind != ActivationKind.LeakyRelu)
            throw new InvalidInputException($"The setting \"slope\" does not belong to the activation {name}; only leakyRelu has a slope.");
        return new Activation(kind, SettingCheck.Positive("slope", slope.Value));
    }

    /// <summary>The name of a function.</summary>
    public static string Of(ActivationKind kind)
    {
        foreach (string name in s_kinds.Names)
            if (s_kinds.Find(name) == kind) return name;
        throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such activation.");
    }
}
