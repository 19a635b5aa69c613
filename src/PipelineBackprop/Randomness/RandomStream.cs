namespace PipelineBackprop.Randomness;

/// <summary>
/// Random numbers read in order from one <see cref="Philox"/> stream. The state is (seed, stream, position), three numbers that can be
/// written down and continued from. Not thread-safe: one owner at a time.
/// </summary>
public sealed class RandomStream(ulong seed, ulong stream, ulong position = 0)
{
    private (uint X0, uint X1, uint X2, uint X3) _block;
    private ulong _blockNumber = ulong.MaxValue;

    /// <summary>The number of 32-bit words read so far.</summary>
    public ulong Position { get; private set; } = position;

    /// <summary>A number uniform over all 32-bit values.</summary>
    public uint NextUInt32()
    {
        ulong index = Position++;
        if (index >> 2 != _blockNumber)
        {
            _blockNumber = index >> 2;
            _block = Philox.Block(seed, stream, _blockNumber);
        }
        return (index & 3) switch { 0 => _block.X0, 1 => _block.X1, 2 => _block.X2, _ => _block.X3 };
    }

    /// <summary>A number uniform in [0, 1) with 53 random bits.</summary>
    public double NextDouble()
    {
        ulong high = NextUInt32() >> 5, low = NextUInt32() >> 6;
        return (high * 67108864.0 + low) / 9007199254740992.0;
    }

    /// <summary>A number uniform in [<paramref name="low"/>, <paramref name="high"/>), which rounding may take to <paramref name="high"/> itself.</summary>
    public double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>An integer uniform in [0, <paramref name="bound"/>), without bias (rejection).</summary>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        uint limit = uint.MaxValue - uint.MaxValue % (uint)bound;
        uint value;
        do value = NextUInt32(); while (value >= limit);
        return (int)(value % (uint)bound);
    }

    /// <summary>A standard normal number by the Box–Muller transform; always reads two uniforms.</summary>
    public double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }
}
