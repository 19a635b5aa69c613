using System.Security.Cryptography;
using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class DrawnDigitsTests
{
    private static DatasetPair Draw(ulong seed, int train, int test) => DrawnDigits.Generate(seed, train, test, TestContext.Current.CancellationToken);

    private static byte[] Bytes(Dataset dataset) => [.. dataset.Inputs.ToArray().Select(value => (byte)Math.Round(value * 255))];

    [Theory]
    [InlineData(1, "8a2d9ff7e8bd98b7073ff4e737539e9003ef0a9dcb37bb60ab7592bb9966f0c3")]
    [InlineData(42, "cd677c4a01a5aaa45d2dbf00260277b0a2053163d36a2aa4c8adec4c2c4b93ef")]
    public void Generate_gives_the_same_bytes_on_every_machine(ulong seed, string sha256)
    {
        DatasetPair digits = Draw(seed, 100, 20);
        byte[] all = [.. Bytes(digits.Train), .. Bytes(digits.Test), .. digits.Train.Targets.ToArray().Select(label => (byte)label)];
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(all)));
    }

    [Fact]
    public void Generate_by_default_draws_balanced_classes_in_the_sizes_promised()
    {
        DatasetPair digits = DrawnDigits.Generate(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((12_000, 2_000, 784, 10, 28, 28), (digits.Train.Count, digits.Test.Count, digits.Train.InputWidth, digits.Train.ClassCount, digits.Train.ImageHeight, digits.Train.ImageWidth));
        Assert.All(digits.Train.Targets.ToArray().CountBy(label => label), pair => Assert.Equal(1200, pair.Value));
        Assert.All(digits.Test.Targets.ToArray().CountBy(label => label), pair => Assert.Equal(200, pair.Value));
        // No image is empty or full of ink, and the labels do not come in a fixed cycle.
        for (int i = 0; i < digits.Train.Count; i++) Assert.InRange(Mean(digits.Train.Row(i)), 0.02, 0.5);
        Assert.NotEqual(digits.Train.Slice(0, 10).Targets.ToArray(), digits.Train.Slice(10, 10).Targets.ToArray());
    }

    [Fact]
    public void Pixels_are_whole_steps_of_one_255th()
    {
        foreach (float pixel in Draw(1, 20, 1).Train.Inputs.Span) Assert.Equal(MathF.Round(pixel * 255) / 255f, pixel);
    }

    [Fact]
    public void A_smaller_set_is_the_start_of_a_larger_one()
    {
        DatasetPair small = Draw(9, 37, 13), large = Draw(9, 60, 25);

        Assert.Equal(small.Train.Inputs.ToArray(), large.Train.Slice(0, 37).Inputs.ToArray());
        Assert.Equal(small.Train.Targets.ToArray(), large.Train.Slice(0, 37).Targets.ToArray());
        Assert.Equal(small.Test.Inputs.ToArray(), large.Test.Slice(0, 13).Inputs.ToArray());
    }

    [Fact]
    public void Train_test_and_seeds_share_no_image()
    {
        DatasetPair one = Draw(1, 200, 200), two = Draw(2, 200, 200);
        var images = new[] { one.Train, one.Test, two.Train, two.Test }.SelectMany(part => Enumerable.Range(0, 200).Select(i => Convert.ToBase64String(SHA256.HashData(Bytes(part.Slice(i, 1))))));
        Assert.Equal(800, images.Distinct().Count());
    }

    [Fact]
    public void The_drawing_code_uses_only_exact_arithmetic()
    {
        string folder = SourceFolder();
        foreach (string file in (string[])["DigitOutlines.cs", "DigitCanvas.cs", "DigitHand.cs", "DrawnDigits.cs"])
        {
            string code = File.ReadAllText(Path.Combine(folder, file));
            Assert.DoesNotMatch(@"Math\.(Sin|Cos|Tan|Atan|Exp|Log|Pow|Cbrt|FusedMultiplyAdd)|NextGaussian|MathF|float ", code);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1_000_001, 1)]
    public void Generate_of_impossible_counts_throws(int train, int test) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Draw(1, train, test));

    [Fact]
    public void Generate_can_be_cancelled() =>
        Assert.ThrowsAny<OperationCanceledException>(() => DrawnDigits.Generate(1, 1000, 10, new CancellationToken(true)));

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return sum / values.Length;
    }

    private static string SourceFolder()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !Directory.Exists(Path.Combine(folder, "src", "PipelineBackprop", "Data"))) folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder!, "src", "PipelineBackprop", "Data");
    }
}
