namespace PipelineBackprop.Planning;

/// <summary>What the engine adds to one action: blocks that hand their message on, in seconds.</summary>
/// <param name="Fixed">Of any stage.</param>
/// <param name="PerLayer">For each of its layers.</param>
public readonly record struct ActionOverhead(double Fixed, double PerLayer)
{
    /// <summary>Of a stage of that many layers.</summary>
    public double Of(int layers) => Fixed + layers * PerLayer;
}
