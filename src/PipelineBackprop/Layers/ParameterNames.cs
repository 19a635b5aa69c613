using System.Globalization;

namespace PipelineBackprop.Layers;

/// <summary>What parameters are called in checkpoints, weights files and results: <c>layers.N.weight</c>.</summary>
internal static class ParameterNames
{
    /// <summary>The name of a parameter of the layer at an index of the model.</summary>
    public static string Of(int layer, ParameterSpecification parameter) => string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.{parameter.Name}");
}
