using System.Globalization;
using PipelineBackprop.Randomness;

namespace PipelineBackprop.Data;

/// <summary>
/// Deals the examples 0..count-1 out in minibatches, epoch after epoch without end. The order of an epoch is a Fisher–Yates
/// permutation that is a pure function of (seed, epoch), so a restored <see cref="State"/> continues with identical minibatches.
/// Not thread-safe: one owner at a time.
/// </summary>
public sealed class MinibatchSampler
{
    // Keeps the sampler's random streams ("SAMP") apart from those that other rooms read under the same seed.
    private const ulong StreamBase = 0x53414D50_00000000;

    private readonly int[] _order;
    private readonly ulong _seed;
    private readonly bool _shuffle;
    private long _orderedEpoch = -1;
    private SamplerState _state;

    /// <summary>Creates a sampler at the start of epoch 0.</summary>
    /// <param name="count">The number of examples, at least 1.</param>
    /// <param name="batchSize">Examples in a minibatch, at least 1.</param>
    /// <param name="seed">The seed of every epoch's permutation.</param>
    /// <param name="shuffle">False deals the examples out in file order in every epoch.</param>
    /// <param name="dropLast">True leaves out an epoch's last minibatch when it is shorter than <paramref name="batchSize"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count or size below 1, or dropLast with fewer examples than one minibatch.</exception>
    public MinibatchSampler(int count, int batchSize, ulong seed, bool shuffle = true, bool dropLast = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (dropLast) ArgumentOutOfRangeException.ThrowIfGreaterThan(batchSize, count);
        (Count, BatchSize, DropLast, _seed, _shuffle) = (count, batchSize, dropLast, seed, shuffle);
        _order = new int[count];
    }

    /// <summary>The number of examples.</summary>
    public int Count { get; }

    /// <summary>Examples in a full minibatch.</summary>
    public int BatchSize { get; }

    /// <summary>Whether a short last minibatch is left out.</summary>
    public bool DropLast { get; }

    /// <summary>Minibatches in one epoch.</summary>
    public int MinibatchesPerEpoch => DropLast ? Count / BatchSize : (int)(((long)Count + BatchSize - 1) / BatchSize);

    /// <summary>Where the sampler stands. Position 0 after a <see cref="Next"/> says that the epoch before is complete.</summary>
    /// <exception cref="InvalidInputException">Set to a place that this many examples do not have.</exception>
    public SamplerState State
    {
        get => _state;
        set
        {
            if (value.Epoch < 0 || value.Position < 0 || value.Position >= Count)
            {
                throw new InvalidInputException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The sampler cannot stand at epoch {value.Epoch}, position {value.Position} of {Count} examples: resume with the data set the run began with."));
            }
            _state = Normalised(value);
        }
    }

    /// <summary>Writes the next minibatch's example numbers to the start of <paramref name="indices"/> and returns how many there are.</summary>
    /// <param name="indices">Room for at least <see cref="BatchSize"/> numbers (or for all examples, if they are fewer).</param>
    /// <exception cref="ArgumentException">Too little room.</exception>
    public int Next(Span<int> indices)
    {
        int taken = Math.Min(BatchSize, Count - _state.Position);
        if (indices.Length < taken)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"indices has room for {indices.Length}, the minibatch has {taken} examples."), nameof(indices));
        if (_orderedEpoch != _state.Epoch) Order(_state.Epoch);
        _order.AsSpan(_state.Position, taken).CopyTo(indices);
        _state = Normalised(_state with { Position = _state.Position + taken });
        return taken;
    }

    /// <summary>Copies the rows of <paramref name="indices"/> out of <paramref name="dataset"/>, one after the other.</summary>
    /// <param name="dataset">Where the rows are taken from.</param>
    /// <param name="indices">Example numbers, any order, n of them.</param>
    /// <param name="inputs">Receives [n, InputWidth]; may be longer.</param>
    /// <param name="targets">Receives [n, TargetWidth]; may be longer.</param>
    /// <exception cref="ArgumentException">Too little room, or a number outside the data set.</exception>
    public static void Gather(Dataset dataset, ReadOnlySpan<int> indices, Span<float> inputs, Span<float> targets)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        RequireRoom(inputs.Length, indices.Length, dataset.InputWidth, nameof(inputs));
        RequireRoom(targets.Length, indices.Length, dataset.TargetWidth, nameof(targets));
        for (int i = 0; i < indices.Length; i++)
        {
            dataset.Row(indices[i]).CopyTo(inputs[(i * dataset.InputWidth)..]);
            dataset.TargetRow(indices[i]).CopyTo(targets[(i * dataset.TargetWidth)..]);
        }
    }

    private SamplerState Normalised(SamplerState state)
    {
        int left = Count - state.Position;
        return left == 0 || (DropLast && left < BatchSize) ? new SamplerState(state.Epoch + 1, 0) : state;
    }

    private void Order(long epoch)
    {
        for (int i = 0; i < _order.Length; i++) _order[i] = i;
        if (_shuffle)
        {
            var random = new RandomStream(_seed, unchecked(StreamBase + (ulong)epoch));
            for (int i = _order.Length - 1; i > 0; i--)
            {
                int j = random.NextInt(i + 1);
                (_order[i], _order[j]) = (_order[j], _order[i]);
            }
        }
        _orderedEpoch = epoch;
    }

    private static void RequireRoom(int found, int rows, int width, string argument)
    {
        if (found < (long)rows * width)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{argument} has room for {found} values, {rows} rows of {width} need {(long)rows * width}."), argument);
        }
    }
}
