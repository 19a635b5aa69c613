namespace PipelineBackprop.Configuration;

/// <summary>The start values by the field's names.</summary>
public enum InitializerKind
{
    /// <summary>Uniform in ±√(6 / (fan-in + fan-out)).</summary>
    XavierUniform,

    /// <summary>Normal with deviation √(2 / (fan-in + fan-out)).</summary>
    XavierNormal,

    /// <summary>Uniform in ±√(6 / fan-in).</summary>
    HeUniform,

    /// <summary>Normal with deviation √(2 / fan-in).</summary>
    HeNormal,

    /// <summary>Normal with deviation 0.01.</summary>
    Normal,

    /// <summary>All 0.</summary>
    Zeros,
}
