namespace PipelineBackprop.Compute.Cpu;

/// <summary>What a compute has learned about a buffer, each fact with the version of the contents it holds for.</summary>
internal sealed class CpuBufferFacts
{
    private double _squares;
    private (int Count, long Version) _squaresOf = (0, -1);
    private object? _source;
    private (long Source, long Own) _packedAt;

    /// <summary>Remembers Σ x² over the first <paramref name="count"/> elements.</summary>
    public void SetSquares(double squares, int count, long version) => (_squares, _squaresOf) = (squares, (count, version));

    /// <summary>Σ x² over the first <paramref name="count"/> elements, if it is known of these contents.</summary>
    public bool TryGetSquares(int count, long version, out double squares)
    {
        squares = _squares;
        return _squaresOf == (count, version);
    }

    /// <summary>Remembers that the buffer at <paramref name="version"/> is the packing of <paramref name="source"/> at <paramref name="sourceVersion"/>.</summary>
    public void SetSource(object source, long sourceVersion, long version) => (_source, _packedAt) = (source, (sourceVersion, version));

    /// <summary>Whether the buffer is the packing of just these contents.</summary>
    public bool IsPackingOf(object source, long sourceVersion, long version) => ReferenceEquals(_source, source) && _packedAt == (sourceVersion, version);
}
