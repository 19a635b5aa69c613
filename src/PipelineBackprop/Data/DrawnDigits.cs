using PipelineBackprop.Randomness;

namespace PipelineBackprop.Data;

/// <summary>
/// The built-in data set: images of the ten digits, 28×28, drawn from stroke outlines with random slant, scale, shift, rotation,
/// stroke width, elastic distortion and noise. One seed gives the same bytes on every machine. Ink is 1, paper 0, in steps of 1/255.
/// </summary>
public static class DrawnDigits
{
    /// <summary>The height and width of an image in pixels.</summary>
    public const int Side = 28;

    // Streams are tagged ("DIGI") to keep apart from other rooms; training images, test images and label orders have ranges of their own.
    private const ulong TrainStream = 0x44494749_00000000, TestStream = TrainStream + (1UL << 30), OrderStream = TrainStream + (1UL << 31);

    /// <summary>
    /// Draws both parts on all cores. Image i of a part depends only on the seed and i, and each ten images from a multiple of ten on
    /// hold all ten digits in random order, so a smaller set is the start of a larger one.
    /// </summary>
    /// <param name="seed">The seed of all numbers.</param>
    /// <param name="trainCount">Training images, 1 to 1,000,000.</param>
    /// <param name="testCount">Test images, 1 to 1,000,000.</param>
    /// <param name="cancellationToken">Stops the drawing.</param>
    public static DatasetPair Generate(ulong seed = 1, int trainCount = 12_000, int testCount = 2_000, CancellationToken cancellationToken = default) =>
        new(
            Part(seed, TrainStream, trainCount, "drawn digits, training part", cancellationToken),
            Part(seed, TestStream, testCount, "drawn digits, test part", cancellationToken));

    /// <summary>Draws one part as bytes: pixels [count, 784] and labels [count].</summary>
    internal static (byte[] Pixels, byte[] Labels) DrawBytes(ulong seed, ulong stream, int count, CancellationToken cancellationToken)
    {
        byte[] pixels = new byte[count * Side * Side], labels = new byte[count];
        int blocks = (count + 9) / 10;
        Parallel.For(0, blocks, new ParallelOptions { CancellationToken = cancellationToken }, block =>
        {
            Span<byte> order = stackalloc byte[10];
            Shuffle(order, new RandomStream(seed, OrderStream + (stream - TrainStream) + (ulong)block));
            for (int i = block * 10; i < Math.Min(count, block * 10 + 10); i++)
            {
                labels[i] = order[i % 10];
                var hand = new DigitHand(new RandomStream(seed, stream + (ulong)i), Side);
                hand.Draw(labels[i], pixels.AsSpan(i * Side * Side, Side * Side));
            }
        });
        return (pixels, labels);
    }

    private static void Shuffle(Span<byte> order, RandomStream random)
    {
        for (int i = 0; i < order.Length; i++) order[i] = (byte)i;
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = random.NextInt(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    private static Dataset Part(ulong seed, ulong stream, int count, string name, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1_000_000);
        (byte[] pixels, byte[] labels) = DrawBytes(seed, stream, count, cancellationToken);
        return ImageDatasets.FromBytes(name, pixels, labels, Side, Side, [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")]);
    }
}
