namespace PipelineBackprop.Stages;

/// <summary>Keys of counter-based random streams: pure functions of the run's seed and the layer, so no split changes a number.</summary>
internal static class RandomKeys
{
    /// <summary>The key of a layer's own random numbers (dropout).</summary>
    public static ulong OfLayer(ulong seed, int layer) => Mix(seed ^ Mix((ulong)layer + 1));

    /// <summary>The stream a parameter's first values are drawn from.</summary>
    public static ulong OfParameter(int layer, int parameter) => ((ulong)layer << 8) | (uint)parameter;

    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
